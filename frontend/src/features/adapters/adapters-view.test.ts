import { expect, it } from "vitest";

import type { EvaluationEntry } from "@/api/evaluation-types";
import type { Adapter } from "@/api/types";
import { type Column, evaluationsOf, found, listed, orderOf, sorted, sortedBy } from "@/features/adapters/adapters-view";

function adapter(name: string, given: Partial<Adapter> = {}): Adapter {
  return { name, path: `models/${name}`, description: "", training_date: "2026-11-01T10:00:00+00:00", base_model: "tiny", size_bytes: 10, problem: null, ...given };
}

function evaluation(run: string, model: string, score: number | null, created = "2026-11-02T10:00:00+00:00"): EvaluationEntry {
  return { run, model, models: ["tiny", model], score, scale: { low: 0, high: 1 }, created_at: created } as EvaluationEntry;
}

const ALL = [
  adapter("Zed", { lora_r: 8, description: "answers physics" }),
  adapter("alpha", { training_date: "2026-11-03T10:00:00+00:00", size_bytes: null }),
  adapter("mid", { training_date: "", lora_r: 64, former_names: ["old"], base_model: "qwen" }),
];

const names = (rows: { adapter: Adapter }[]) => rows.map((row) => row.adapter.name);

it.each<[Column, boolean, string[]]>([
  ["name", false, ["alpha", "mid", "Zed"]],
  ["trained", true, ["alpha", "Zed", "mid"]],
  ["trained", false, ["Zed", "alpha", "mid"]], // what is not known comes last either way
  ["rank", true, ["mid", "Zed", "alpha"]],
  ["size", false, ["Zed", "mid", "alpha"]],
])("sorted by %s, descending %s: %j", (column, descending, order) => expect(names(sorted(listed(ALL, []), { column, descending }))).toEqual(order));

it("keeps the order in the address, and turns it around when it is pressed again", () => {
  expect(orderOf(new URLSearchParams())).toEqual({ column: "trained", descending: true });
  expect(orderOf(new URLSearchParams("sort=nonsense"))).toEqual({ column: "trained", descending: true });
  expect(sortedBy(new URLSearchParams("q=x"), "name")).toBe("q=x&sort=name");
  expect(sortedBy(new URLSearchParams("sort=name"), "name")).toBe("sort=-name");
  expect(sortedBy(new URLSearchParams(), "size")).toBe("sort=-size");
});

it("is searched in names, former ones too, descriptions and bases", () => {
  expect(names(found(listed(ALL, []), "PHYSICS zed"))).toEqual(["Zed"]);
  expect(names(found(listed(ALL, []), "old"))).toEqual(["mid"]);
  expect(names(found(listed(ALL, []), "qwen"))).toEqual(["mid"]);
});

it("takes the latest score, under whatever name it had, and none of an earlier adapter of that name", () => {
  const runs = [evaluation("r3", "Zed", null), evaluation("r2", "Zed", 0.8), evaluation("r1", "Zed", 0.9, "2026-10-01T10:00:00+00:00"), evaluation("r0", "old", 0.5)];
  const rows = listed(ALL, runs);
  expect(rows.map(({ latest }) => latest?.run)).toEqual(["r2", undefined, "r0"]);
  expect(evaluationsOf(ALL[0] as Adapter, runs).map(({ run }) => run)).toEqual(["r3", "r2"]);
});
