/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Address of the service; empty = where the page came from. Public: never a secret. */
  readonly VITE_API_URL?: string;
}
