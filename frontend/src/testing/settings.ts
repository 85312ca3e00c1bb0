/** Settings as a service might tell of them, for tests. */

import type { Setting, SettingList } from "@/api/settings";

function setting(name: string, section: string, given: Partial<Setting>): Setting {
  return {
    name,
    section,
    group: section === "training" ? "LoRA" : "Machine",
    help: "What it does",
    value: given.default ?? null,
    default: null,
    source: "default",
    secret: false,
    editable: given.locked_by == null,
    locked_by: null,
    needs_restart: false,
    awaits_restart: false,
    schema: { type: "string" },
    ...given,
  };
}

const SECRET = { anyOf: [{ type: "string" }, { type: "null" }] };

export const SETTINGS: SettingList = {
  file: ".env",
  sections: [
    { id: "access", title: "Access", help: "Who reaches it.", of_runs: false },
    { id: "language", title: "Language models", help: "Who judges.", of_runs: false },
    { id: "training", title: "Training", help: "Fine-tune.", of_runs: true },
  ],
  settings: [
    setting("PORT", "access", { help: "Port the service listens on", value: 9000, default: 8000, source: ".env", needs_restart: true, schema: { type: "integer", minimum: 1, maximum: 65535 } }),
    setting("HOST", "access", { value: "0.0.0.0", default: "127.0.0.1", source: "env", locked_by: "environment" }),
    setting("ALLOWED_HOSTS", "access", { default: ["localhost"], schema: { type: "array", items: { type: "string" } } }),
    setting("DATA_DIR", "access", { default: "data", locked_by: "owner" }),
    setting("AUTO_RESUME", "access", { default: true, schema: { type: "boolean" } }),
    setting("OPENAI_API_KEY", "language", { value: { set: true, last4: "7f3a" }, source: ".env", secret: true, schema: SECRET }),
    setting("HF_TOKEN", "language", { value: { set: false, last4: null }, secret: true, schema: SECRET }),
    setting("OPENAI_API_BASE", "language", { default: null, schema: { anyOf: [{ type: "string" }, { type: "null" }] } }),
    setting("EVAL_MODEL", "language", { help: "Model that judges answers", default: "gpt-4o-mini" }),
    setting("LORA_R", "training", { default: 16, schema: { type: "integer", minimum: 1 } }),
  ],
};
