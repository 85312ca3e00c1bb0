/**
 * How numbers, sizes and times read everywhere in the dashboard: in the reader's own way of writing them (the
 * languages that the browser is set to). Making a format is slow, so each is made once.
 */

const LOCALES = readersLocales();

/** The browser's languages; its own choice where it names one that is none ("en-US@posix"). */
function readersLocales(): string[] | undefined {
  try {
    return Intl.NumberFormat.supportedLocalesOf([...navigator.languages]);
  } catch {
    return undefined;
  }
}

const DECIMALS = new Intl.NumberFormat(LOCALES, { maximumFractionDigits: 2 });
const WHOLE = new Intl.NumberFormat(LOCALES, { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat(LOCALES, { notation: "compact", maximumFractionDigits: 1 });
const SIGNIFICANT = new Intl.NumberFormat(LOCALES, { maximumSignificantDigits: 4, useGrouping: false });
const TINY = new Intl.NumberFormat(LOCALES, { maximumSignificantDigits: 3 });
const DATE_TIME = new Intl.DateTimeFormat(LOCALES, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const CLOCK = new Intl.DateTimeFormat(LOCALES, { timeStyle: "short" });
const FULL_DATE_TIME = new Intl.DateTimeFormat(LOCALES, { dateStyle: "full", timeStyle: "medium" });
/** With so many decimals, by their number. */
const FIXED = [0, 1, 2, 3].map(
  (digits) => new Intl.NumberFormat(LOCALES, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** What stands where a value is not known. */
export const NOTHING = "–";

/** 1250 -> "1,250". */
export function formatCount(value: number | null | undefined): string {
  return value == null ? NOTHING : DECIMALS.format(value);
}

/** "1 example", "1,250 examples". */
export function formatCounted(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** 1234567 -> "1.2M". */
export function formatCompact(value: number | null | undefined): string {
  return value == null ? NOTHING : COMPACT.format(value);
}

/** With exactly so many decimals (0 to 3): 2 -> "0.50". */
export function formatFixed(value: number, digits: 0 | 1 | 2 | 3): string {
  return (FIXED[digits] ?? DECIMALS).format(value);
}

/** Tokens per second, whole from ten on: 1234.56 -> "1,235", 3.25 -> "3.3". */
export function formatSpeed(perSecond: number | null | undefined): string {
  if (perSecond == null) return NOTHING;
  return formatCount(perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond));
}

/** A metric with four significant digits; very small ones as 2e-4. */
export function formatMetric(value: number | null | undefined): string {
  if (value == null || Number.isNaN(value)) return NOTHING;
  if (value === 0 || Math.abs(value) >= 1e-3 || !Number.isFinite(value)) return SIGNIFICANT.format(value);
  const [factor, exponent] = value.toExponential().split("e"); // Intl would write 2E-4
  return `${TINY.format(Number(factor))}e${exponent}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Decimal units, as on the sticker of a disk or a GPU: 9_800_000_000 -> "9.8 GB". */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null) return NOTHING;
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${formatFixed(value, digits)} ${UNITS[unit]}`;
}

/** "8 s", "2 min 5 s", "1 h 4 min", "3 d 2 h": two units at most. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return NOTHING;
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}

/** An estimate should not look exact: "about 40 s", "about 2 min", "about 1 h 10 min". */
export function formatAbout(seconds: number | null | undefined): string {
  if (seconds == null) return NOTHING;
  return `about ${formatDuration(roughly(seconds))}`;
}

/** A range of estimates: "about 20 to 25 min", "about 50 s to 2 min"; one figure where both ends read alike. */
export function formatAboutBetween(least: number, most: number): string {
  const [from, to] = [formatDuration(roughly(least)), formatDuration(roughly(most))];
  if (from === to) return `about ${to}`;
  const [amount, unit, ...rest] = from.split(" ");
  const isOneUnit = rest.length === 0 && to.split(" ").length === 2 && to.endsWith(` ${unit}`);
  return `about ${isOneUnit ? amount : from} to ${to}`;
}

function roughly(seconds: number): number {
  if (seconds < 55) return Math.max(5, Math.round(seconds / 5) * 5);
  if (seconds < 3300) return Math.max(60, Math.round(seconds / 60) * 60);
  return Math.round(seconds / 600) * 600;
}

/** "23 Nov, 10:30" of an ISO time; what a person wrote instead of one stays as it is. */
export function formatTime(iso: string | null | undefined): string {
  return iso ? formatted(DATE_TIME, iso) : NOTHING;
}

/** "10:30" or "10:30 AM". */
export function formatClock(time: Date): string {
  return CLOCK.format(time);
}

/** The whole time, for a tooltip. */
export function formatFullTime(iso: string): string {
  return formatted(FULL_DATE_TIME, iso);
}

function formatted(format: Intl.DateTimeFormat, iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? iso : format.format(time);
}

/** 0.034 -> "3.4 %". */
export function formatShare(share: number): string {
  return `${DECIMALS.format(Math.round(share * 1000) / 10)} %`;
}

/** One amount of another, without digits that nobody compares by: 0.9612 -> "96 %". */
export function formatRatio(ratio: number): string {
  return `${WHOLE.format(ratio * 100)} %`;
}

/** Money; small sums keep the digits that tell them from nothing: 0.0012 -> "$0.0012", 3.5 -> "$3.50". */
export function formatMoney(value: number | null | undefined, currency = "USD"): string {
  if (value == null) return NOTHING;
  const digits = value !== 0 && Math.abs(value) < 0.1 ? 4 : 2;
  const places = { minimumFractionDigits: 2, maximumFractionDigits: digits };
  // A list of prices may count in something that is no country's money: "3.50 credits".
  if (!/^[A-Za-z]{3}$/.test(currency)) return `${new Intl.NumberFormat(LOCALES, places).format(value)} ${currency}`;
  return new Intl.NumberFormat(LOCALES, { style: "currency", currency, ...places }).format(value);
}

/** "p = 0.031", and "p < 0.001" below what a permutation can tell. */
export function formatP(value: number | null | undefined): string {
  if (value == null) return NOTHING;
  return value < 0.001 ? `p < ${formatFixed(0.001, 3)}` : `p = ${formatFixed(value, 3)}`;
}

/** Seconds between two ISO times. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
