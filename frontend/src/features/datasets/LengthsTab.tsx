import { Flex, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { reportQuery } from "@/api/datasets";
import { jobKindsQuery } from "@/api/job-kinds";
import type { Dataset, DatasetReport } from "@/api/types";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Figures } from "@/components/Figures";
import { KeyValues } from "@/components/KeyValues";
import { Loading } from "@/components/Loading";
import { Notice } from "@/components/Notice";
import { LinkButton } from "@/components/RouterLink";
import { BaseChoice } from "@/features/datasets/BaseChoice";
import { cutAt, sentenceOf, stopOf } from "@/features/datasets/cuts";
import { LengthHistogram } from "@/features/datasets/LengthHistogram";
import styles from "@/features/datasets/LengthHistogram.module.css";
import { useAddress } from "@/features/datasets/use-address";
import { formatCount, formatCounted } from "@/lib/format";

/** How long the examples are, and what a limit would cut off them. */
export function LengthsTab({ dataset }: { dataset: Dataset }) {
  const { text } = useAddress();
  const { data, error, isPending, refetch } = useQuery(reportQuery(dataset.name, text("base")));
  const { data: kinds } = useQuery(jobKindsQuery);
  const usual = kinds?.find(({ kind }) => kind === "train")?.schema.properties?.max_length?.default;
  if (isPending || !kinds) return <Loading heights={["420px", "120px"]} label="Loading the lengths" />;
  if (error) return <ErrorNotice title="The lengths could not be counted" error={error} onRetry={() => void refetch()} />;
  return (
    <Stack gap="4">
      {!data.is_counted && <Notice tone="info" title="Not counted with a tokenizer">{data.basis}</Notice>}
      <LengthsCard dataset={dataset} report={data} usual={typeof usual === "number" ? usual : Infinity} />
      <Card title="What is in it">
        <Facts report={data} />
      </Card>
    </Stack>
  );
}

function LengthsCard({ dataset, report, usual }: { dataset: Dataset; report: DatasetReport; usual: number }) {
  const { number, go } = useAddress();
  const { cuts, histogram, examples, lengths } = report;
  const [stop, setStop] = useState(() => stopOf(cuts, number("max_length") ?? usual));
  const cut = cutAt(cuts, Math.min(stop, cuts.max_length.length - 1));
  const sentence = sentenceOf(cut, examples);
  const keep = () => go({ max_length: String(cut.maxLength) }, true);
  return (
    <Card title="Lengths" aside={<BaseChoice />}>
      <Stack gap="4">
        <Figures
          columns={5}
          figures={[
            { label: "Examples", value: formatCount(examples) },
            { label: "Tokens", value: formatCount(lengths.total) },
            { label: "Median", value: formatCount(Math.round(lengths.median)) },
            { label: "9 of 10 up to", value: formatCount(Math.round(lengths.p90)) },
            { label: "Longest", value: formatCount(lengths.longest) },
          ]}
        />
        <LengthHistogram bars={histogram} maxLength={cut.maxLength} summary={`Lengths of ${formatCounted(examples, "example")}: median ${formatCount(Math.round(lengths.median))}, longest ${formatCount(lengths.longest)} tokens; cut at ${formatCount(cut.maxLength)}, ${sentence}`} />
        <div>
          <label htmlFor="max-length" style={{ fontWeight: 500 }}>
            Cut at a <code>max_length</code> of {formatCount(cut.maxLength)} tokens
          </label>
          <input
            id="max-length"
            type="range"
            className={styles.slider}
            min={0}
            max={cuts.max_length.length - 1}
            value={Math.min(stop, cuts.max_length.length - 1)}
            aria-valuetext={`${formatCount(cut.maxLength)} tokens: ${sentence}`}
            onChange={({ target }) => setStop(Number(target.value))}
            onPointerUp={keep}
            onKeyUp={keep}
          />
          <Flex justify="space-between" align="center" gap="3" wrap="wrap">
            <Text role="status" fontWeight="medium">
              {sentence}
            </Text>
            <LinkButton variant="outline" to={`/train?dataset_path=${encodeURIComponent(dataset.path)}&max_length=${cut.maxLength}`}>
              Use this max_length
            </LinkButton>
          </Flex>
        </div>
        <Text textStyle="xs" color="fg.muted">
          {report.is_counted ? report.basis : "About, told from the characters."} {report.template}
        </Text>
      </Stack>
    </Card>
  );
}

function Facts({ report: { roles, turns, with_tools: tools, recognised, records, problems } }: { report: DatasetReport }) {
  const spoken = Object.entries(roles).map(([role, count]) => `${formatCount(count)} ${role}`);
  const talks = Object.entries(turns).map(([count, examples]) => `${formatCount(examples)} with ${count}`);
  const entries: [string, string][] = [
    ["Recognised", recognised],
    ["Records", `${formatCount(records)}${problems > 0 ? `, ${formatCount(problems)} of them cannot be used` : ""}`],
    ["Turns by who speaks", spoken.join(", ")],
    ["Examples by number of turns", talks.join(", ")],
    ...(tools > 0 ? [["With functions to call", formatCounted(tools, "example")] as [string, string]] : []),
  ];
  return <KeyValues entries={entries} />;
}
