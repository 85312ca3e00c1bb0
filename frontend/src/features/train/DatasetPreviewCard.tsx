import { Flex, IconButton, Skeleton, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";

import { datasetAt, datasetsQuery, previewQuery } from "@/api/datasets";
import type { DatasetPreview, JsonValue } from "@/api/types";
import { Card } from "@/components/Card";
import { Learnt, RowText } from "@/components/dataset-rows/RowText";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Notice } from "@/components/Notice";
import { formatCount } from "@/lib/format";

const ROWS = 10;

interface DatasetPreviewCardProps {
  dataset: JsonValue | undefined;
  template: JsonValue | undefined;
}

/** The first examples as the model will see them. */
export function DatasetPreviewCard({ dataset, template }: DatasetPreviewCardProps) {
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const name = datasetAt(datasets, dataset)?.name ?? "";
  const preview = useQuery(previewQuery(name, typeof template === "string" ? template : undefined, ROWS));
  if (name === "") return null;
  return (
    <Card title="What the model will see">
      {preview.isPending && <Skeleton h="160px" />}
      {preview.isError && <ErrorNotice title="No preview" error={preview.error} />}
      {preview.data && <Preview key={name} preview={preview.data} />}
    </Card>
  );
}

function Preview({ preview }: { preview: DatasetPreview }) {
  const [at, setAt] = useState(0);
  const row = preview.rows[at];
  return (
    <Stack gap="3">
      <Text color="fg.muted" textStyle="xs">
        {preview.recognised}
      </Text>
      {row ? <RowText row={row} maxHeight="240px" /> : <Text>The file holds no examples.</Text>}
      <Flex align="center" justify="space-between" gap="2" textStyle="xs" color="fg.muted">
        <span>
          <Learnt>Highlighted</Learnt> text is learnt.
        </span>
        <Flex align="center" gap="1">
          <Step to={-1} label="Previous example" disabled={at === 0} onStep={() => setAt(at - 1)} />
          <span aria-live="polite">
            {formatCount(at + 1)} of {formatCount(preview.total)}
          </span>
          <Step to={1} label="Next example" disabled={at >= preview.rows.length - 1} onStep={() => setAt(at + 1)} />
        </Flex>
      </Flex>
      {preview.problems.length > 0 && <Problems problems={preview.problems} />}
    </Stack>
  );
}

interface StepProps {
  to: -1 | 1;
  label: string;
  disabled: boolean;
  onStep: () => void;
}

function Step({ to, label, disabled, onStep }: StepProps) {
  return (
    <IconButton size="2xs" variant="ghost" aria-label={label} disabled={disabled} onClick={onStep}>
      {to < 0 ? <ChevronLeft /> : <ChevronRight />}
    </IconButton>
  );
}

function Problems({ problems }: Pick<DatasetPreview, "problems">) {
  const [first] = problems;
  return (
    <Notice tone="warning" title={`${formatCount(problems.length)} ${problems.length === 1 ? "problem" : "problems"} found`}>
      {first && (
        <Text>
          {first.index !== null && `Example ${first.index + 1}, ${first.field}: `}
          {first.message}
        </Text>
      )}
    </Notice>
  );
}
