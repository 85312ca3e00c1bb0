import { NativeSelect } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";

import { evaluationsQuery } from "@/api/evaluations";
import type { EvaluationEntry, Summary } from "@/api/evaluation-types";
import { comparedAddress, isComparable } from "@/features/evaluations/leaderboard";
import { nameOfEntry } from "@/features/evaluations/words";

/** A list of the other runs; choosing one compares the two. */
export function CompareWith({ summary }: { summary: Summary }) {
  const navigate = useNavigate();
  const { data } = useQuery(evaluationsQuery);
  const entries = data?.evaluations ?? [];
  const own = entries.find(({ run }) => run === summary.run);
  const others = entries.filter((entry) => entry.run !== summary.run && isComparable(entry));
  if (!own || others.length === 0) return null;
  const alike = others.filter((entry) => isAlike(entry, summary));
  const compare = (run: string) => {
    const other = others.find((entry) => entry.run === run);
    if (other) void navigate(comparedAddress([own, other]));
  };
  return (
    <NativeSelect.Root size="sm" w="auto" maxW="13rem">
      <NativeSelect.Field aria-label="Compare with" bg="bg.panel" value="" onChange={({ target }) => compare(target.value)}>
        <option value="">Compare with…</option>
        <Options title="On the same data" entries={alike} />
        <Options title="On other data" entries={others.filter((entry) => !alike.includes(entry))} />
      </NativeSelect.Field>
      <NativeSelect.Indicator />
    </NativeSelect.Root>
  );
}

function isAlike(entry: EvaluationEntry, summary: Summary): boolean {
  return entry.dataset === summary.dataset && entry.score_name === summary.score.name;
}

function Options({ title, entries }: { title: string; entries: EvaluationEntry[] }) {
  if (entries.length === 0) return null;
  return (
    <optgroup label={title}>
      {entries.map((entry) => (
        <option key={entry.run} value={entry.run}>
          {nameOfEntry(entry)}
        </option>
      ))}
    </optgroup>
  );
}
