import { Field, NativeSelect, Skeleton, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { datasetsQuery, reportQuery } from "@/api/datasets";
import type { Dataset, DatasetReport } from "@/api/types";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { RecordLinks } from "@/features/datasets/GroupList";
import { useAddress } from "@/features/datasets/use-address";
import { formatCount, formatCounted } from "@/lib/format";

const MOST_LISTED = 50;

/** Questions of another dataset, say of the one to be judged by, that this one asks too. */
export default function LeakageCard({ dataset }: { dataset: Dataset }) {
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const { text, go } = useAddress();
  const against = text("against");
  const others = datasets.filter(({ name, examples }) => name !== dataset.name && examples !== null);
  return (
    <Card title="Leakage">
      <Stack gap="3">
        <Field.Root>
          <Field.Label>Questions that are also in</Field.Label>
          <NativeSelect.Root size="sm" maxW="24rem">
            <NativeSelect.Field bg="bg.panel" value={against} onChange={({ target }) => go({ against: target.value })}>
              <option value="">Choose a dataset…</option>
              {others.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </NativeSelect.Field>
            <NativeSelect.Indicator />
          </NativeSelect.Root>
          <Field.HelperText>An evaluation on questions that were learnt tells nothing.</Field.HelperText>
        </Field.Root>
        {against && <Leaks dataset={dataset} against={against} />}
      </Stack>
    </Card>
  );
}

function Leaks({ dataset, against }: { dataset: Dataset; against: string }) {
  const { text } = useAddress();
  const { data, error, isPending } = useQuery(reportQuery(dataset.name, text("base"), against));
  if (isPending) return <Skeleton h="60px" />;
  if (error) return <ErrorNotice title="They could not be compared" error={error} />;
  return <Found report={data} dataset={dataset} against={against} />;
}

function Found({ report: { leakage, leaked }, dataset, against }: { report: DatasetReport; dataset: Dataset; against: string }) {
  if (!leakage) return null;
  const shown = leakage.leaks.slice(0, MOST_LISTED);
  return (
    <Stack gap="2" role="status">
      <Text fontWeight="medium">
        {leaked === 0 ? `None of its ${formatCounted(leakage.questions, "question")} is here.` : `${formatCount(leaked)} of its ${formatCounted(leakage.questions, "question")} are here too.`}
      </Text>
      {shown.map(({ index, other }) => (
        <Text key={`${index} ${other}`} color="fg.muted">
          Record <RecordLinks name={dataset.name} indices={[index]} /> asks what record <RecordLinks name={against} indices={[other]} /> of {against} asks.
        </Text>
      ))}
      {leaked > shown.length && <Text color="fg.muted">and {formatCount(leaked - shown.length)} more</Text>}
    </Stack>
  );
}
