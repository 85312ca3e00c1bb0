/** Numbers as people type them: `2e-4`, `1_000`, `1,000`, `2k`, `1.5M`, `1/8`. */

const MULTIPLES: Record<string, number> = { k: 1e3, m: 1e6, g: 1e9 };
const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([kmg]?)$/i;
const THOUSANDS = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const FRACTION = /^([+-]?\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)$/;

/** The number a text means, or null when it means none. */
export function parseNumber(text: string): number | null {
  const plain = text.trim().replaceAll("_", "");
  const fraction = FRACTION.exec(plain);
  if (fraction) return finite(Number(fraction[1]) / Number(fraction[2]));
  const match = NUMBER.exec(THOUSANDS.test(plain) ? plain.replaceAll(",", "") : plain);
  if (!match) return null;
  const multiple = MULTIPLES[(match[2] ?? "").toLowerCase()] ?? 1;
  return finite(Number((Number(match[1]) * multiple).toPrecision(15)));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A number as it stands in a field: 0.0002 -> "2e-4", 0.05 -> "0.05". */
export function numberText(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential();
  return String(value);
}

export type Steps = "ones" | "digits" | "doubles";

/**
 * The next number up (1) or down (-1), as the arrow keys give it: by ones; by the leading digit, 9e-5 -> 1e-4 -> 2e-4;
 * or twice and half as much. `large` goes ten times as far.
 */
export function stepped(value: number, direction: 1 | -1, steps: Steps, large = false): number {
  if (steps === "ones") return value + direction * (large ? 10 : 1);
  if (steps === "doubles") return Math.max(1, Math.round(value * (large ? 10 : 2) ** direction));
  return large ? rounded(value * 10 ** direction) : byDigit(value, direction);
}

/** The smallest step that a walk by digits begins with at nothing. */
const FIRST_DIGIT = 0.01;

function byDigit(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * FIRST_DIGIT;
  const away = Math.sign(value) === direction;
  let power = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  if (!away && rounded(Math.abs(value) / 10 ** power) <= 1) power -= 1;
  return rounded(value + direction * 10 ** power);
}

function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
