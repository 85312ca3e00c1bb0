/** What asking a language model would take. */
export interface Spending {
  calls: number;
  tokens: number | null;
  cost: number | null;
  currency: string;
  seconds: number | null;
  /** What each figure rests on. */
  basis: Record<string, string>;
  warnings: string[];
}
