/** 128 random bits as hexadecimal text. `crypto.randomUUID` would be missing on a page that is not served securely. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
