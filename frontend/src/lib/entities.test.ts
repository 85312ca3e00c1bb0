import { expect, it } from "vitest";

import { decodeEntities } from "@/lib/entities";

it.each([
  ["Q&amp;A &lt;b&gt;", "Q&A <b>"],
  ["9.81&nbsp;m/s&sup2;", "9.81\u00A0m/s²"],
  ["&#955; and &#x1F680;", "λ and 🚀"],
  ["R&D, a & b, &unknown; &constructor;", "R&D, a & b, &unknown; &constructor;"],
  ["&#xD800; &#0; &#9999999;", "&#xD800; &#0; &#9999999;"],
  ["&amp;lt;", "&lt;"],
])("%j reads %j", (text, read) => expect(decodeEntities(text)).toBe(read));
