/** What asking a language model would take; the routes of both kinds tell it in much the same words. */
export interface Spending {
  calls: number;
  prompt_tokens: number;
  completion_tokens: number;
  /** null = unknown: the model is not in the prices file. */
  cost: number | null;
  currency: string;
  seconds: number | null;
  /** What the figures rest on. */
  basis: string[];
  warnings?: string[];
}
