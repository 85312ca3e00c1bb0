// Fails when the JavaScript needed before the first screen outgrows its budget (gzip, level 9).
// Counted: the entry of dist/index.html with its static imports, plus the chunk of the jobs page.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 200;
const FIRST_PAGE = "src/features/home/HomePage.tsx";

const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));

/** The chunk and everything it imports statically. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const imported of manifest[key].imports ?? []) closure(imported, seen);
  return seen;
}

const chunks = closure(FIRST_PAGE, closure("index.html"));
const sizes = [...chunks]
  .map((key) => manifest[key].file)
  .map((file) => ({ file, kb: gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length / 1000 }))
  .sort((a, b) => b.kb - a.kb);
const total = sizes.reduce((sum, { kb }) => sum + kb, 0);

for (const { file, kb } of sizes.slice(0, 5)) console.log(`${kb.toFixed(1).padStart(7)} kB  ${file}`);
console.log(`${total.toFixed(1).padStart(7)} kB  before the first screen, of ${BUDGET_KB}`);
if (total > BUDGET_KB) process.exit(1);
