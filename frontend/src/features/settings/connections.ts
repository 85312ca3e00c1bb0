/** The connections that can be tried, each where the first of its settings stands. */

import type { ConnectionName } from "@/api/settings";
import type { SettingField } from "@/features/settings/fields";

export interface Connection {
  what: ConnectionName;
  title: string;
  /** The settings that it rests on. */
  names: [string, ...string[]];
}

const CONNECTIONS: Connection[] = [
  { what: "language-model", title: "The language model service", names: ["OPENAI_API_BASE", "OPENAI_API_KEY", "EVAL_MODEL", "MODEL_GEN"] },
  { what: "model-cache", title: "The folder of cached models", names: ["MODEL_CACHE_DIR"] },
  { what: "hub", title: "The Hugging Face hub", names: ["HF_TOKEN"] },
  { what: "inference-server", title: "The server that answers prompts", names: ["INFERENCE_SERVER_URL", "INFERENCE_SERVER_KEY"] },
];

export function connectionsOf(fields: SettingField[]): Connection[] {
  return CONNECTIONS.filter(({ names: [first] }) => fields.some(({ setting }) => setting.name === first));
}
