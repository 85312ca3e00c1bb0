// Fails when what a page loads outgrows its budget, and names what is largest in it. Sizes are those of gzip, level 9.
//
//   first screen   the entry with what it imports, and the first page with what that imports: nothing shows before
//   route          the same for any page, with what it loads itself once it is there
//   lazy chunk     any one file that is not there from the start
//   styles         the style sheets of any page
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGETS_KB = { "first screen": 200, route: 260, "lazy chunk": 60, styles: 10 };
const ENTRY = "index.html";
const FIRST_PAGE = "src/features/home/HomePage.tsx";

const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const modules = JSON.parse(readFileSync("dist/.vite/modules.json", "utf8"));

/** The chunk and everything that it needs to run. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const imported of manifest[key].imports ?? []) closure(imported, seen);
  return seen;
}

/** A page: what it needs, and what it asks for itself once it is there, such as its charts. */
function visit(page) {
  const seen = closure(page, new Set(start));
  for (const later of manifest[page].dynamicImports ?? []) closure(later, seen);
  return seen;
}

const sizes = new Map();
function kbOf(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length / 1000);
  return sizes.get(file);
}

const filesOf = (keys) => [...keys].map((key) => manifest[key].file).filter((file) => file.endsWith(".js"));
const stylesOf = (keys) => [...new Set([...keys].flatMap((key) => manifest[key].css ?? []))];
const total = (files) => files.reduce((sum, file) => sum + kbOf(file), 0);
const shown = (kb) => `${kb.toFixed(1).padStart(7)} kB`;

const start = closure(ENTRY);
const pages = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry && key.endsWith("Page.tsx"));
const routes = pages
  .map((page) => ({ what: "route", name: page, files: filesOf(visit(page)) }))
  .sort((a, b) => total(b.files) - total(a.files));
const lazy = filesOf(Object.keys(manifest).filter((key) => !start.has(key)))
  .map((file) => ({ what: "lazy chunk", name: file, files: [file] }))
  .sort((a, b) => total(b.files) - total(a.files));
const looks = pages
  .map((page) => ({ what: "styles", name: page, files: stylesOf(visit(page)) }))
  .sort((a, b) => total(b.files) - total(a.files));

const measured = [
  { what: "first screen", name: FIRST_PAGE, files: filesOf(closure(FIRST_PAGE, new Set(start))) },
  ...routes,
  ...lazy,
  ...looks,
];

let isOver = false;
for (const { what, name, files } of measured) {
  const kb = total(files);
  const over = kb > BUDGETS_KB[what];
  const isLargest = name === measured.find((one) => one.what === what).name;
  if (over || isLargest) console.log(`${shown(kb)} of ${BUDGETS_KB[what]}  ${what}: ${name}${over ? "  IS TOO MUCH" : ""}`);
  if (!over) continue;
  isOver = true;
  const heaviest = [...new Set(files)].sort((a, b) => kbOf(b) - kbOf(a)).slice(0, 5);
  for (const file of heaviest) console.log(`${shown(kbOf(file))}  ${file}`);
  const inside = files.flatMap((file) => Object.entries(modules[file] ?? {})).sort((a, b) => b[1] - a[1]);
  console.log(`           mostly ${inside.slice(0, 5).map(([name, bytes]) => `${name} (${Math.round(bytes / 1000)} kB of source)`).join(", ")}`);
}
if (isOver) process.exit(1);
