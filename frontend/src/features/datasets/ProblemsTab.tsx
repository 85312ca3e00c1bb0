import { Flex, Stack, Text } from "@chakra-ui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CircleCheck, Pencil } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { problemsQuery } from "@/api/datasets";
import type { Dataset, ProblemRow } from "@/api/types";
import { RowRaw } from "@/components/dataset-rows/RowRaw";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { IconAction } from "@/components/IconAction";
import { Loading } from "@/components/Loading";
import { Notice } from "@/components/Notice";
import { Pager } from "@/components/Pager";
import { useAddress } from "@/features/datasets/use-address";

const EditDialog = lazy(() => import("@/features/datasets/EditDialog"));

const PAGE = 20;

/** What is wrong with the records, each with what stands there and a way to mend it. */
export function ProblemsTab({ dataset }: { dataset: Dataset }) {
  const { number, go } = useAddress();
  const offset = number("offset") ?? 0;
  const { data, error, isPending, refetch } = useQuery({ ...problemsQuery(dataset.name, offset, PAGE), placeholderData: keepPreviousData });
  if (isPending) return <Loading heights={["120px", "120px"]} label="Loading the problems" />;
  if (error) return <ErrorNotice title="The problems could not be read" error={error} onRetry={() => void refetch()} />;
  if (data.total === 0) return <EmptyState icon={CircleCheck} title="Every record can be used" hint="Each has a question and an answer in a form that is known." />;
  const fatal = data.problems.some(({ is_fatal: isFatal }) => isFatal);
  return (
    <Stack gap="3">
      {fatal && (
        <Notice tone="warning" title="No run starts while records cannot be read">
          <Text>Mend or delete them, or let prepare_dataset.py write the others to a new file. Those with an empty answer are only left out.</Text>
        </Notice>
      )}
      <Stack as="ul" gap="3" listStyleType="none">
        {data.problems.map((problem) => (
          <Problem key={`${problem.index} ${problem.field}`} dataset={dataset} problem={problem} />
        ))}
      </Stack>
      <Pager offset={offset} size={PAGE} total={data.total} noun="problem" onGo={(to) => go({ offset: to === 0 ? null : String(to) })} />
    </Stack>
  );
}

function Problem({ dataset, problem: { index, field, message, is_fatal: isFatal, raw } }: { dataset: Dataset; problem: ProblemRow }) {
  const [editing, setEditing] = useState(false);
  const at = index ?? 0;
  return (
    <Stack as="li" gap="2" bg="bg.panel" borderWidth="1px" borderRadius="lg" px="4" py="3" minW="0">
      <Flex align="center" gap="2">
        <Text flex="1" minW="0" overflowWrap="anywhere">
          <strong>Record {at}</strong>: {field} {message}.{" "}
          <Text as="span" color="fg.muted">
            {isFatal ? "It cannot be read." : "It is left out."}
          </Text>
        </Text>
        <IconAction label={`Mend record ${at}`} icon={Pencil} onClick={() => setEditing(true)} />
      </Flex>
      <RowRaw index={at} raw={raw} />
      {editing && (
        <Suspense>
          <EditDialog seen={dataset} index={at} raw={raw} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </Stack>
  );
}
