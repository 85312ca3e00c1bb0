import { Stack, Text } from "@chakra-ui/react";
import { useRef, useState } from "react";

import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { Pager } from "@/components/Pager";
import { isKept, type Part, partOf } from "@/components/rows/review";
import { RowItem } from "@/components/rows/RowItem";
import type { RowsFeed } from "@/components/rows/rows-feed";
import { Segments } from "@/components/Segments";
import { formatCount } from "@/lib/format";
import { useStore } from "@/lib/store";

const PAGE = 10;

interface RowsCardProps {
  feed: RowsFeed;
  /** No more records will come. */
  ended: boolean;
  title?: string;
  /** Nothing will be made of them, so there is nothing to decide. */
  readOnly?: boolean;
}

/** The records as they come; each can be kept, changed or dropped, also while others are still being written. */
export function RowsCard({ feed, ended, title = "Records", readOnly = false }: RowsCardProps) {
  const { rows, loading, problem } = useStore(feed);
  const [part, setPart] = useState<Part>("all");
  const [offset, setOffset] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const shown = partOf(rows, part);
  const first = Math.min(offset, Math.max(0, Math.ceil(shown.length / PAGE) - 1) * PAGE);
  const kept = rows.filter(isKept).length;
  const parts: { value: Part; label: string }[] = [
    { value: "all", label: `All ${formatCount(rows.length)}` },
    { value: "kept", label: `${readOnly ? "Accepted" : "Kept"} ${formatCount(kept)}` },
    { value: "dropped", label: `${readOnly ? "Rejected" : "Dropped"} ${formatCount(rows.length - kept)}` },
    ...(readOnly ? [] : [{ value: "decided" as const, label: `Decided by you ${formatCount(partOf(rows, "decided").length)}` }]),
  ];
  const choose = (value: string) => {
    setPart(value as Part);
    setOffset(0);
  };
  const go = (next: number) => {
    setOffset(next);
    list.current?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Card title={title} aside={<Segments name={`${title}-part`} label="Which records" options={parts} value={part} onChange={choose} />}>
      <Stack gap="3">
        {loading && <Loading heights={["120px", "120px"]} label="Loading the records" />}
        {problem && <ErrorNotice title="The records could not be read" error={problem} />}
        {!loading && shown.length === 0 && <Text color="fg.muted">{emptyWords(rows.length, ended)}</Text>}
        {shown.length > 0 && (
          <Stack ref={list} as="ul" gap="3" listStyleType="none" scrollMarginTop="16">
            {shown.slice(first, first + PAGE).map((row) => (
              <RowItem key={row.id} row={row} number={rows.indexOf(row) + 1} feed={readOnly ? null : feed} />
            ))}
          </Stack>
        )}
        <Pager offset={first} size={PAGE} total={shown.length} noun="record" onGo={go} />
      </Stack>
    </Card>
  );
}

function emptyWords(all: number, ended: boolean): string {
  if (all > 0) return "No record is of this sort.";
  return ended ? "No record was made." : "The first record appears here as soon as it is written and checked.";
}
