import { Box, chakra, Flex, SimpleGrid, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { samplesQuery } from "@/api/jobs";
import type { JobDetail } from "@/api/types";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { type Asked, roundsOf } from "@/features/jobs/samples";
import { formatCount } from "@/lib/format";

/** Which step is looked at stands in the address; without it, the newest. */
const AT = "sample";

/** The same few questions, answered by the base and at every step that was sampled, beside the dataset's answer. */
export function SamplesCard({ job }: { job: JobDetail }) {
  const { data, error, refetch } = useQuery(samplesQuery(job.job_id, job.samples_bytes));
  const [search, setSearch] = useSearchParams();
  if (error) return <ErrorNotice title="The sample answers could not be read" error={error} onRetry={() => void refetch()} />;
  const { steps, asked } = roundsOf(data ?? []);
  const newest = steps.at(-1) ?? 0;
  const wanted = search.get(AT);
  const at = wanted === null ? steps.length - 1 : placeOf(Number(wanted), steps);
  const show = (place: number) => {
    const next = new URLSearchParams(search);
    const step = steps[place] ?? newest;
    if (step === newest) next.delete(AT);
    else next.set(AT, String(step));
    setSearch(next, { replace: true, preventScrollReset: true });
  };
  const step = steps[at] ?? newest;
  return (
    <Card title="Sample answers" aside={steps.length > 1 && <Scrubber steps={steps} at={at} onShow={show} />}>
      <Stack gap="5" minH="120px">
        {asked.map((question) => (
          <Question key={question.prompt} question={question} step={step} />
        ))}
      </Stack>
    </Card>
  );
}

/** The last round at or before a step. */
function placeOf(step: number, steps: readonly number[]): number {
  return Math.max(0, steps.findLastIndex((known) => known <= step));
}

const Range = chakra("input", {
  base: { h: "24px", w: { base: "140px", md: "220px" }, accentColor: "{colors.teal.solid}", cursor: "pointer", focusVisibleRing: "outside", borderRadius: "sm" },
});

interface ScrubberProps {
  steps: readonly number[];
  at: number;
  onShow: (place: number) => void;
}

function Scrubber({ steps, at, onShow }: ScrubberProps) {
  const step = steps[at] ?? 0;
  const words = step === 0 ? "the base" : `step ${formatCount(step)}`;
  return (
    <Flex as="label" align="center" gap="3" color="fg.muted" textStyle="xs">
      <Range
        type="range"
        min={0}
        max={steps.length - 1}
        value={at}
        aria-label="Step of the sample answers"
        aria-valuetext={words}
        onChange={({ target }) => onShow(Number(target.value))}
      />
      <Text as="span" minW="72px" textAlign="end">
        {words}
      </Text>
    </Flex>
  );
}

function Question({ question: { prompt, reference, answers }, step }: { question: Asked; step: number }) {
  const base = answers.get(0);
  return (
    <Box as="section" aria-label={prompt}>
      <Text fontWeight="medium" mb="2" overflowWrap="anywhere" whiteSpace="pre-wrap" lineClamp="4">
        {prompt}
      </Text>
      <SimpleGrid columns={{ base: 1, md: reference === null ? 2 : 3 }} gap="3">
        <Answer title="Base model" text={base} isNew={step === 0} />
        {step > 0 && <Answer title={`After step ${formatCount(step)}`} text={answers.get(step)} isNew />}
        {reference !== null && <Answer title="Dataset" text={reference} />}
      </SimpleGrid>
    </Box>
  );
}

function Answer({ title, text, isNew = false }: { title: string; text: string | undefined; isNew?: boolean }) {
  return (
    <Box borderInlineStartWidth="2px" borderColor={isNew ? "teal.solid" : "border"} ps="3" minW="0">
      <Text textStyle="xs" color="fg.muted">
        {title}
      </Text>
      <Text whiteSpace="pre-wrap" overflowWrap="anywhere" maxH="12em" overflowY="auto" tabIndex={text && text.length > 400 ? 0 : undefined}>
        {text === undefined ? "–" : text === "" ? "(nothing)" : text}
      </Text>
    </Box>
  );
}
