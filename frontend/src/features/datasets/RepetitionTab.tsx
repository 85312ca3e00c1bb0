import { Button, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";

import { useContact } from "@/api/contact";
import { useDeduplicate, useDeleteRecords } from "@/api/dataset-changes";
import { reportQuery } from "@/api/datasets";
import { toProblem } from "@/api/problem";
import type { Dataset, DatasetReport } from "@/api/types";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { toast } from "@/components/toasts";
import { GroupList } from "@/features/datasets/GroupList";
import { useAddress } from "@/features/datasets/use-address";
import { useChangeToast } from "@/features/datasets/use-undo";
import { formatCounted, formatRatio } from "@/lib/format";

const LeakageCard = lazy(() => import("@/features/datasets/LeakageCard"));

/** What is said twice in the dataset, and what another one asks too. */
export function RepetitionTab({ dataset }: { dataset: Dataset }) {
  const { text } = useAddress();
  const { data, error, isPending, refetch } = useQuery(reportQuery(dataset.name, text("base")));
  if (isPending) return <Loading heights={["180px", "180px"]} label="Looking for duplicates" />;
  if (error) return <ErrorNotice title="Duplicates could not be looked for" error={error} onRetry={() => void refetch()} />;
  return (
    <Stack gap="4">
      <ExactCard dataset={dataset} report={data} />
      <NearCard dataset={dataset} report={data} />
      <Suspense fallback={<Loading heights={["120px"]} label="Loading the comparison" />}>
        <LeakageCard dataset={dataset} />
      </Suspense>
    </Stack>
  );
}

function ExactCard({ dataset, report: { version, exact, repetition } }: { dataset: Dataset; report: DatasetReport }) {
  const { removeAll, removeGroup, busy } = useRemovals({ name: dataset.name, version });
  const action = exact > 0 && <RemoveAll busy={busy} words={`Remove all ${formatCounted(exact, "duplicate")}`} onClick={() => removeAll(false)} />;
  return (
    <Card title="Word for word" aside={action}>
      {exact === 0 && <Text color="fg.muted">No record says the same as another one.</Text>}
      <GroupList name={dataset.name} groups={repetition.exact.map((indices) => ({ indices }))} busy={busy} onKeepFirst={removeGroup} />
    </Card>
  );
}

function NearCard({ dataset, report: { version, near, repetition } }: { dataset: Dataset; report: DatasetReport }) {
  const { removeAll, removeGroup, busy } = useRemovals({ name: dataset.name, version });
  const alike = (indices: number[]) => {
    const of = repetition.near.filter(({ indices: pair }) => pair.every((one) => indices.includes(one)));
    return of.length > 0 ? `${formatRatio(Math.min(...of.map(({ similarity }) => similarity)))} alike or more` : "";
  };
  const groups = repetition.near_groups.map((indices) => ({ indices, note: alike(indices) }));
  const action = near > 0 && <RemoveAll busy={busy} words={`Remove all but the first of each`} onClick={() => removeAll(true)} />;
  return (
    <Card title="Nearly the same" aside={action}>
      <Text color="fg.muted" mb={near > 0 ? "3" : "0"}>
        {repetition.skipped ?? (near === 0 ? "No two records share most of their words." : "Four of five runs of three words, or more, are in both.")}
      </Text>
      <GroupList name={dataset.name} groups={groups} busy={busy} onKeepFirst={removeGroup} />
    </Card>
  );
}

function RemoveAll({ busy, words, onClick }: { busy: boolean; words: string; onClick: () => void }) {
  const { lost } = useContact();
  return (
    <Button size="xs" variant="outline" disabled={lost} loading={busy} onClick={onClick}>
      {words}
    </Button>
  );
}

function useRemovals(seen: { name: string; version: string }) {
  const deduplicating = useDeduplicate();
  const deleting = useDeleteRecords();
  const changed = useChangeToast();
  const told = {
    onSuccess: ({ removed, undo }: { removed?: number; undo: string }) => changed(`${formatCounted(removed ?? 0, "duplicate")} removed`, undo),
    onError: (error: unknown) => toast({ title: "Nothing was removed", description: toProblem(error).message, tone: "error" }),
  };
  return {
    removeAll: (near: boolean) => deduplicating.mutate({ seen, near }, told),
    removeGroup: (indices: number[]) => deleting.mutate({ seen, indices: indices.slice(1) }, told),
    busy: deduplicating.isPending || deleting.isPending,
  };
}
