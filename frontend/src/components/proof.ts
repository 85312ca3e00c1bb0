/** The proof of a merge, as results, adapters and records tell it; older ones may know less. */

export interface ProofRow {
  adapter: string;
  data: string;
  parent: number | null;
  merged: number | null;
  base: number | null;
}

export interface Proof {
  passed: boolean;
  reason: string;
  logitError: number | null;
  agreement: number | null;
  prompts: number | null;
  perplexity: ProofRow[];
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberIn(fields: Fields, name: string): number | null {
  const value = fields[name];
  return typeof value === "number" ? value : null;
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

/** The proof in a value, or null when it is none. */
export function proofOf(value: unknown): Proof | null {
  if (!isFields(value) || typeof value.passed !== "boolean") return null;
  const rows = Array.isArray(value.perplexity) ? value.perplexity.filter(isFields) : [];
  return {
    passed: value.passed,
    reason: textIn(value, "reason"),
    logitError: numberIn(value, "logit_error"),
    agreement: numberIn(value, "agreement"),
    prompts: numberIn(value, "prompts"),
    perplexity: rows.map((row) => ({
      adapter: textIn(row, "adapter"),
      data: textIn(row, "data"),
      parent: numberIn(row, "parent"),
      merged: numberIn(row, "merged"),
      base: numberIn(row, "base"),
    })),
  };
}
