import { SimpleGrid, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { useParams } from "react-router";

import { summaryQuery } from "@/api/evaluations";
import type { Summary } from "@/api/evaluation-types";
import { toProblem } from "@/api/problem";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { LinkButton } from "@/components/RouterLink";
import { AlertsOfRun } from "@/features/evaluations/AlertsOfRun";
import { CategoriesCard } from "@/features/evaluations/CategoriesCard";
import { CriteriaCard } from "@/features/evaluations/CriteriaCard";
import { DifferencesCard } from "@/features/evaluations/DifferencesCard";
import { HealthCard } from "@/features/evaluations/HealthCard";
import { HistogramCard } from "@/features/evaluations/HistogramCard";
import { ItemsCard } from "@/features/evaluations/ItemsCard";
import { MetricsCard } from "@/features/evaluations/MetricsCard";
import { PreferencesCard } from "@/features/evaluations/PreferencesCard";
import { RunHeader } from "@/features/evaluations/RunHeader";
import { ScoresCard } from "@/features/evaluations/ScoresCard";
import { SpentCard } from "@/features/evaluations/SpentCard";
import { titleOf } from "@/features/evaluations/words";
import { useDocumentTitle } from "@/lib/use-document-title";

const NOT_FOUND = 404;

/** `/evaluations/:run`: what a run found, how sure that is, and every item of it. */
export default function RunPage() {
  const { run = "" } = useParams();
  const { data, error, refetch } = useQuery(summaryQuery(run));
  useDocumentTitle(data ? titleOf(data) : "Evaluation");
  if (data) return <Run summary={data} />;
  if (!error) return <Loading page heights={["64px", "180px", "260px", "380px"]} label="Loading the evaluation" />;
  if (toProblem(error).status === NOT_FOUND) return <NoSuchRun run={run} />;
  return <ErrorNotice page title="The evaluation could not be read" error={error} onRetry={() => void refetch()} />;
}

function Run({ summary }: { summary: Summary }) {
  const judged = summary.health !== null || summary.agreement !== null || summary.human !== null;
  return (
    <>
      <RunHeader summary={summary} />
      <Stack gap="4">
        <AlertsOfRun summary={summary} />
        <ScoresCard summary={summary} />
        {summary.comparisons.length > 0 && <DifferencesCard comparisons={summary.comparisons} scale={summary.score.scale} />}
        {summary.preferences.length > 0 && <PreferencesCard preferences={summary.preferences} />}
        <SimpleGrid columns={{ base: 1, lg: 2 }} gap="4" alignItems="start">
          <Stack gap="4" minW="0">
            <HistogramCard model={summary.model} score={summary.score} />
            <MetricsCard summary={summary} />
            <SpentCard summary={summary} />
          </Stack>
          <Stack gap="4" minW="0">
            <CriteriaCard summary={summary} />
            <CategoriesCard summary={summary} />
            {judged && <HealthCard summary={summary} />}
          </Stack>
        </SimpleGrid>
        <ItemsCard summary={summary} />
      </Stack>
    </>
  );
}

function NoSuchRun({ run }: { run: string }) {
  return (
    <EmptyState
      page
      icon={FileQuestion}
      title={`No evaluation ${run}`}
      hint="It may have been deleted."
      action={<LinkButton to="/evaluations">See all evaluations</LinkButton>}
    />
  );
}
