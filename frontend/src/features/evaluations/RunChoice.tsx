import { Field, Flex, NativeSelect } from "@chakra-ui/react";
import { ArrowLeftRight } from "lucide-react";
import { useNavigate } from "react-router";

import type { EvaluationEntry } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { IconAction } from "@/components/IconAction";
import { nameOfEntry } from "@/features/evaluations/words";
import { formatTime } from "@/lib/format";

interface RunChoiceProps {
  entries: EvaluationEntry[];
  a: string;
  b: string;
}

/** Which two runs; the choice stands in the address. */
export function RunChoice({ entries, a, b }: RunChoiceProps) {
  const navigate = useNavigate();
  const go = (first: string, second: string) => void navigate(`/compare?${new URLSearchParams({ a: first, b: second }).toString()}`, { replace: true });
  return (
    <Card>
      <Flex gap="3" align="flex-end" direction={{ base: "column", md: "row" }}>
        <Choice label="From" value={a} entries={entries} onChoose={(run) => go(run, b)} />
        <IconAction label="Swap the two" icon={ArrowLeftRight} disabled={!a || !b} onClick={() => go(b, a)} />
        <Choice label="To" value={b} entries={entries} onChoose={(run) => go(a, run)} />
      </Flex>
    </Card>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  entries: EvaluationEntry[];
  onChoose: (run: string) => void;
}

function Choice({ label, value, entries, onChoose }: ChoiceProps) {
  const known = entries.some(({ run }) => run === value);
  return (
    <Field.Root flex="1" minW="0">
      <Field.Label>{label}</Field.Label>
      <NativeSelect.Root size="sm">
        <NativeSelect.Field value={value} onChange={({ target }) => onChoose(target.value)}>
          <option value="">Choose a run…</option>
          {!known && value !== "" && <option value={value}>{value}</option>}
          {entries.map((entry) => (
            <option key={entry.run} value={entry.run}>
              {nameOfEntry(entry)} · {formatTime(entry.created_at)}
            </option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </Field.Root>
  );
}
