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
