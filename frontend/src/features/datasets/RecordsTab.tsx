import { Flex, Input, Stack, Text } from "@chakra-ui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { rowsQuery } from "@/api/datasets";
import type { Dataset, DatasetPreview } from "@/api/types";
import { Learnt } from "@/components/dataset-rows/RowText";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { Notice } from "@/components/Notice";
import { Pager } from "@/components/Pager";
import { Segments } from "@/components/Segments";
import { BaseChoice } from "@/features/datasets/BaseChoice";
import { RecordItem } from "@/features/datasets/RecordItem";
import { useAddress } from "@/features/datasets/use-address";
import { formatCounted } from "@/lib/format";
import { useDebounced } from "@/lib/use-debounced";

const PAGE = 10;

const VIEWS = [
  { value: "chat", label: "Conversation" },
  { value: "text", label: "Rendered" },
  { value: "tokens", label: "Tokens" },
  { value: "raw", label: "Raw" },
];

export type RecordView = "chat" | "text" | "tokens" | "raw";

/** The records, a page of them, in one of four views. */
export function RecordsTab({ dataset }: { dataset: Dataset }) {
  const { text, number, go } = useAddress();
  const view = (VIEWS.find(({ value }) => value === text("view"))?.value ?? "chat") as RecordView;
  const record = number("record");
  const asked = {
    limit: PAGE,
    ...(record === undefined ? { offset: number("offset") ?? 0 } : { index: record }),
    q: text("q") || undefined,
    ...(view === "tokens" && { tokens: true, base_model: text("base") || undefined }),
  };
  const rows = useQuery({ ...rowsQuery(dataset.name, asked), placeholderData: keepPreviousData });
  return (
    <Stack gap="3" aria-busy={rows.isPlaceholderData}>
      <Flex gap="3" wrap="wrap" align="center">
        <Segments name="record-view" label="How records are shown" options={VIEWS} value={view} onChange={(value) => go({ view: value === "chat" ? null : value })} />
        <Search />
        {view === "tokens" && <BaseChoice />}
      </Flex>
      {view !== "raw" && view !== "chat" && (
        <Text textStyle="xs" color="fg.muted">
          <Learnt>Underlined</Learnt> is learnt; the rest is only read.
        </Text>
      )}
      {rows.isPending && <Loading heights={["140px", "140px", "140px"]} label="Loading the records" />}
      {rows.isError && <ErrorNotice title="The records could not be read" error={rows.error} onRetry={() => void rows.refetch()} />}
      {rows.data && <Records dataset={dataset} preview={rows.data} view={view} />}
    </Stack>
  );
}

function Search() {
  const { text, go } = useAddress();
  const [typed, setTyped] = useState(text("q"));
  const settled = useDebounced(typed, 300);
  const last = useRef(settled);
  useEffect(() => {
    if (last.current === settled) return;
    last.current = settled;
    go({ q: settled, offset: null, record: null }, true);
  });
  return (
    <Input size="sm" type="search" aria-label="Search in the records" placeholder="Search in the records" bg="bg.panel" w={{ base: "full", sm: "16rem" }} value={typed} onChange={({ target }) => setTyped(target.value)} />
  );
}

function Records({ dataset, preview, view }: { dataset: Dataset; preview: DatasetPreview; view: RecordView }) {
  const { text, number, go } = useAddress();
  const list = useRef<HTMLDivElement>(null);
  const goTo = (offset: number) => {
    go({ offset: offset === 0 ? null : String(offset), record: null });
    list.current?.scrollIntoView({ block: "nearest" });
  };
  if (preview.total === 0) return <Text color="fg.muted">{text("q") ? `No record has “${text("q")}” in it.` : "The file holds no example that can be used."}</Text>;
  const counted = view === "tokens" && preview.counted;
  return (
    <>
      {counted && preview.rows.some(({ tokens }) => tokens) && (
        <Text textStyle="xs" color="fg.muted">
          {preview.counted} {preview.template}
        </Text>
      )}
      {counted && preview.rows.every(({ tokens }) => !tokens) && (
        <Notice tone="info" title="No tokens to show">
          <Text>{preview.counted} Choose a base that is here, such as tiny once a run has built it.</Text>
        </Notice>
      )}
      {text("q") && <Text role="status">{formatCounted(preview.total, "record")} found</Text>}
      <Stack as="ul" ref={list} gap="3" listStyleType="none" scrollMarginTop="16">
        {preview.rows.map((row) => (
          <RecordItem key={row.index} dataset={dataset} version={preview.version} row={row} view={view} maxLength={number("max_length")} />
        ))}
      </Stack>
      <Pager offset={preview.offset} size={PAGE} total={preview.total} noun="record" onGo={goTo} />
    </>
  );
}
