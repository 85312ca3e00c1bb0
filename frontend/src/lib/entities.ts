/**
 * Character references of HTML as the characters they stand for: `&amp;` -> "&", `&#8239;` -> a narrow space.
 * The browser's own way, through `innerHTML`, is closed by the content policy. What is not known stays as it is.
 */

const NAMED: Record<string, string> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00A0", ensp: "\u2002", emsp: "\u2003", thinsp: "\u2009",
  ndash: "–", mdash: "—", hellip: "…", middot: "·", bull: "•", lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”",
  laquo: "«", raquo: "»", copy: "©", reg: "®", trade: "™", deg: "°", plusmn: "±", times: "×", divide: "÷", minus: "−",
  ne: "≠", le: "≤", ge: "≥", asymp: "≈", infin: "∞", radic: "√", sum: "∑", int: "∫", part: "∂", nabla: "∇",
  larr: "←", uarr: "↑", rarr: "→", darr: "↓", harr: "↔", frac12: "½", frac14: "¼", sup2: "²", sup3: "³", micro: "µ",
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", theta: "θ", lambda: "λ", mu: "μ", nu: "ν", pi: "π",
  rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", psi: "ψ", omega: "ω", Delta: "Δ", Sigma: "Σ", Phi: "Φ", Psi: "Ψ", Omega: "Ω",
  euro: "€", pound: "£", sect: "§", para: "¶",
};

const REFERENCE = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,9}));/g;

export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (whole, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? whole) : whole;
    return character(decimal === undefined ? parseInt(hexadecimal ?? "", 16) : Number(decimal)) ?? whole;
  });
}

function character(code: number): string | undefined {
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return code > 0 && code <= 0x10ffff && !surrogate ? String.fromCodePoint(code) : undefined;
}
