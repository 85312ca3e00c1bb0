import { Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { useSearchParams } from "react-router";

import { evaluationsQuery, runComparisonQuery } from "@/api/evaluations";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { ComparisonView } from "@/features/evaluations/ComparisonView";
import { isComparable } from "@/features/evaluations/leaderboard";
import { RunChoice } from "@/features/evaluations/RunChoice";
import { useDocumentTitle } from "@/lib/use-document-title";

const TOO_FEW_RUNS = 2;

/** `/compare?a=<run>&b=<run>`: what changed from one run to another, item by item. */
export default function ComparePage() {
  useDocumentTitle("Compare");
  const [search] = useSearchParams();
  const [a, b] = [search.get("a") ?? "", search.get("b") ?? ""];
  const list = useQuery(evaluationsQuery);
  const { data, error, isFetching, refetch } = useQuery(runComparisonQuery(a, b));
  const entries = (list.data?.evaluations ?? []).filter(isComparable);
  const lonely = list.data !== undefined && entries.length < TOO_FEW_RUNS;
  return (
    <>
      <PageHeader title="Compare two runs" description="Paired by item: what changed, by how much, and how sure that is." />
      <Stack gap="4">
        {lonely ? <NothingToCompare /> : <RunChoice entries={entries} a={a} b={b} />}
        {isFetching && !data && <Loading heights={["220px", "380px"]} label="Comparing the runs" />}
        {error && !isFetching && <ErrorNotice title="These runs cannot be compared" error={error} onRetry={() => void refetch()} />}
        {data && !error && <ComparisonView comparison={data} />}
      </Stack>
    </>
  );
}

function NothingToCompare() {
  return (
    <EmptyState
      icon={Scale}
      title="It takes two"
      hint="Two evaluations of the same questions can be compared: say, of an adapter before and after more training."
      action={<LinkButton to="/evaluate">Evaluate a model</LinkButton>}
    />
  );
}
