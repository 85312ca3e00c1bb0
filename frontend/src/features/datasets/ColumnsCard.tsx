import { Button, Field, Flex, NativeSelect, Skeleton, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useContact } from "@/api/contact";
import { useNameColumns } from "@/api/dataset-changes";
import { columnsQuery, rowsQuery } from "@/api/datasets";
import type { Dataset, DatasetColumns } from "@/api/types";
import { Card } from "@/components/Card";
import { RowTalk } from "@/components/dataset-rows/RowTalk";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { useChangeToast } from "@/features/datasets/use-undo";
import { formatCounted } from "@/lib/format";

/** Says which column plays which part, tries that, and writes the names into the file. */
export function ColumnsCard({ dataset }: { dataset: Dataset }) {
  const { data, error, isPending } = useQuery(columnsQuery(dataset.name));
  if (isPending) return <Loading heights={["320px"]} label="Loading the columns" />;
  if (error) return <ErrorNotice title="The columns could not be read" error={error} />;
  return <Mapping dataset={dataset} columns={data} />;
}

function Mapping({ dataset, columns }: { dataset: Dataset; columns: DatasetColumns }) {
  const { lost } = useContact();
  const [mapping, setMapping] = useState(columns.column_mapping);
  const naming = useNameColumns();
  const changed = useChangeToast();
  const pairs = Object.entries(mapping).map(([part, column]) => `${part}=${column}`);
  const tried = useQuery({ ...rowsQuery(dataset.name, { limit: 2, column_mapping: pairs }), enabled: pairs.length > 0 });
  const choose = (part: string, column: string) => {
    const others = Object.entries(mapping).filter(([known]) => known !== part);
    setMapping(Object.fromEntries(column ? [...others, [part, column]] : others));
  };
  const save = () => naming.mutate({ seen: dataset, mapping }, { onSuccess: ({ undo }) => changed("The columns are named", undo) });
  return (
    <Card title="Which column plays which part?">
      <Stack gap="4">
        <Text color="fg.muted">
          {dataset.is_unrecognised ? "None of the names is known here." : `It is read as ${dataset.format ?? "it stands"}. Where that is wrong, say which columns count.`} Most datasets need two:
          what is asked, and the answer to learn.
        </Text>
        <Stack gap="3">
          {columns.parts.map((part) => (
            <PartField key={part.name} part={part} columns={columns} chosen={mapping[part.name] ?? ""} onChoose={(column) => choose(part.name, column)} />
          ))}
        </Stack>
        {tried.isFetching && <Skeleton h="80px" />}
        {tried.isError && <ErrorNotice title="Not yet" error={tried.error} />}
        {tried.data && !tried.isFetching && (
          <Stack gap="3" role="status" aria-label="The first records with these columns">
            <Text fontWeight="medium">{formatCounted(tried.data.total, "record")} can be used with these columns. The first ones:</Text>
            {tried.data.rows.map((row) => (
              <div key={row.index}>
                <RowTalk row={row} />
              </div>
            ))}
          </Stack>
        )}
        {naming.isError && <ErrorNotice title="The columns were not named" error={naming.error} />}
        <Flex gap="3" align="center" wrap="wrap">
          <Button size="sm" disabled={lost || !tried.data?.total} loading={naming.isPending} onClick={save}>
            Name the columns
          </Button>
          <Text textStyle="xs" color="fg.muted" flex="1" minW="14rem">
            The names are written into the file, so that every run, estimate and evaluation knows them; no field is lost.
          </Text>
        </Flex>
      </Stack>
    </Card>
  );
}

interface PartFieldProps {
  part: DatasetColumns["parts"][number];
  columns: DatasetColumns;
  chosen: string;
  onChoose: (column: string) => void;
}

function PartField({ part, columns, chosen, onChoose }: PartFieldProps) {
  const sample = columns.columns.find(({ name }) => name === chosen)?.samples[0];
  return (
    <Field.Root>
      <Field.Label>
        {part.help} <code>{part.name}</code>
      </Field.Label>
      <NativeSelect.Root size="sm" maxW="24rem">
        <NativeSelect.Field bg="bg.panel" value={chosen} onChange={({ target }) => onChoose(target.value)}>
          <option value="">no column</option>
          {columns.columns.map(({ name, filled }) => (
            <option key={name} value={name}>
              {name} · {filled} of {columns.looked_at} filled
            </option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
      {sample && (
        <Field.HelperText lineClamp="2" overflowWrap="anywhere">
          e.g. {sample}
        </Field.HelperText>
      )}
    </Field.Root>
  );
}
