// Fails when src/api/schema.gen.ts no longer matches openapi.json; `npm run types` brings it up to date.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const COMMITTED = "src/api/schema.gen.ts";

if (!existsSync("openapi.json")) {
  console.error("openapi.json is missing: python -m backend.api.schema > frontend/openapi.json");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "api-types-"));
try {
  const fresh = join(folder, "schema.gen.ts");
  execFileSync("npx", ["openapi-typescript", "openapi.json", "-o", fresh], { stdio: "pipe" });
  if (!existsSync(COMMITTED) || readFileSync(fresh, "utf8") !== readFileSync(COMMITTED, "utf8")) {
    console.error(`${COMMITTED} is stale: run \`npm run types\`.`);
    process.exit(1);
  }
} finally {
  rmSync(folder, { recursive: true });
}
