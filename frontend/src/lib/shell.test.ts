import { expect, it } from "vitest";

import { shellQuote } from "@/lib/shell";

it.each([
  ["data/qa.json", "data/qa.json"],
  ["my file", "'my file'"],
  ["it's", `'it'\\''s'`],
  ["$(rm -rf .)", "'$(rm -rf .)'"],
  ["", "''"],
])("quotes %j only where the shell needs it", (text, quoted) => expect(shellQuote(text)).toBe(quoted));
