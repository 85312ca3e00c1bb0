import { Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { summaryQuery } from "@/api/evaluations";
import type { ModelFigures } from "@/api/evaluation-types";
import type { JsonObject } from "@/api/types";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { LinkButton } from "@/components/RouterLink";
import { SpanCell } from "@/components/SpanCell";
import { formatScore } from "@/lib/score";

/** The verdict of an evaluation, and the way to all of it. */
export function EvaluationResult({ result }: { result: JsonObject }) {
  const run = typeof result.run === "string" ? result.run : "";
  const { data, error } = useQuery({ ...summaryQuery(run), enabled: run !== "" });
  const sentences = Array.isArray(result.sentences) ? result.sentences.map(String) : [];
  if (run === "") return null;
  return (
    <Card
      title="Result"
      aside={
        <LinkButton to={`/evaluations/${encodeURIComponent(run)}`} size="xs">
          Open the evaluation
        </LinkButton>
      }
    >
      {!data && !error && <Loading heights={["64px"]} label="Loading the result" />}
      {error && <ErrorNotice title="The result could not be read" error={error} />}
      {data && (
        <Stack gap="4">
          {sentences.map((sentence) => (
            <Text key={sentence} overflowWrap="anywhere">
              {sentence}
            </Text>
          ))}
          {(data.models.length > 0 ? data.models : [data]).map((figures) => (
            <Line key={figures.model} figures={figures} />
          ))}
        </Stack>
      )}
    </Card>
  );
}

function Line({ figures: { model, score } }: { figures: ModelFigures }) {
  return (
    <Stack direction={{ base: "column", sm: "row" }} gap={{ base: "0", sm: "4" }}>
      <Text w={{ sm: "14rem" }} color="fg.muted" truncate title={model}>
        {model}
      </Text>
      <Stack flex="1" maxW="26rem">
        <SpanCell name={`Score of ${model}`} value={score.mean} interval={score.ci95} scale={score.scale} format={(value) => formatScore(value, score.scale)} />
      </Stack>
    </Stack>
  );
}
