import { Field, Flex, Input } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Layers, SearchX } from "lucide-react";
import { useRef, useState } from "react";
import { useSearchParams } from "react-router";

import { adaptersQuery } from "@/api/adapters";
import { evaluationsQuery } from "@/api/evaluations";
import type { Adapter } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { found, listed, orderOf, sorted } from "@/features/adapters/adapters-view";
import { AdapterTable } from "@/features/adapters/AdapterTable";
import { ImportButton } from "@/features/adapters/ImportButton";
import { MergedModels } from "@/features/adapters/MergedModels";
import { formatBytes, formatCounted } from "@/lib/format";
import { useShortcut } from "@/lib/shortcuts";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/adapters?q=&sort=`: what training and merging have made. */
export default function AdaptersPage() {
  useDocumentTitle("Adapters");
  const { data, error, isPending, refetch } = useQuery(adaptersQuery);
  return (
    <>
      <PageHeader title="Adapters" description={data ? summaryOf(data.adapters) : "What training has made."} actions={data && <Actions search={data.adapters.length > 0} />} />
      {isPending && <Loading heights={["44px", "200px"]} label="Loading the adapters" />}
      {error && !data && <ErrorNotice title="The adapters could not be read" error={error} onRetry={() => void refetch()} />}
      {data?.adapters.length === 0 && <NoAdapters />}
      {data && data.adapters.length > 0 && <Adapters adapters={data.adapters} />}
      <MergedModels />
    </>
  );
}

function Actions({ search }: { search: boolean }) {
  return (
    <Flex gap="2" wrap="wrap">
      {search && <SearchBox />}
      <ImportButton />
    </Flex>
  );
}

function summaryOf(adapters: Adapter[]): string {
  if (adapters.length === 0) return "What training has made, ready to be tried.";
  const bytes = adapters.reduce((sum, { size_bytes: size }) => sum + (size ?? 0), 0);
  return `${formatCounted(adapters.length, "adapter")}, ${formatBytes(bytes)} on the disk.`;
}

function NoAdapters() {
  return (
    <EmptyState
      icon={Layers}
      title="No adapters yet"
      hint="Every finished training run puts its adapter here, to be tried, evaluated and merged."
      action={<LinkButton to="/train">Train one</LinkButton>}
    />
  );
}

function Adapters({ adapters }: { adapters: Adapter[] }) {
  const [search] = useSearchParams();
  const { data: evaluations } = useQuery(evaluationsQuery);
  const order = orderOf(search);
  const text = search.get("q") ?? "";
  const rows = sorted(found(listed(adapters, evaluations?.evaluations ?? []), text), order);
  if (rows.length > 0) return <AdapterTable rows={rows} order={order} />;
  return <EmptyState icon={SearchX} title={`No adapter matches “${text}”`} hint="Names, descriptions, base models and datasets are searched." />;
}

/** What is typed stands here at once; the address follows, and would lose letters of whoever types fast. */
function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useState(search.get("q") ?? "");
  useShortcut("/", "Search the adapters", () => input.current?.focus());
  const change = (typed: string) => {
    setText(typed);
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (typed) next.set("q", typed);
        else next.delete("q");
        return next;
      },
      { replace: true },
    );
  };
  return (
    <Field.Root w={{ base: "full", sm: "240px" }}>
      <Input ref={input} type="search" aria-label="Search the adapters" placeholder="Search the adapters" size="sm" bg="bg.panel" value={text} onChange={(event) => change(event.target.value)} />
    </Field.Root>
  );
}
