import { Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { useSearchParams } from "react-router";

import { pastEstimatesQuery } from "@/api/estimate";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { Pager } from "@/components/Pager";
import { LinkButton } from "@/components/RouterLink";
import { AccuracyCard } from "@/features/estimates/AccuracyCard";
import { PastRunTable } from "@/features/estimates/PastRunTable";
import { useDocumentTitle } from "@/lib/use-document-title";

/** Runs on a page of the list. */
const PAGE = 25;

/** `/estimates?offset=`: what was predicted of the runs of this machine, and what came. */
export default function EstimatesPage() {
  useDocumentTitle("Predictions");
  const [search, setSearch] = useSearchParams();
  const offset = Math.max(0, Math.floor(Number(search.get("offset"))) || 0);
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery(pastEstimatesQuery(PAGE, offset));
  const go = (next: number) => setSearch(next === 0 ? {} : { offset: String(next) }, { preventScrollReset: true });
  return (
    <>
      <PageHeader
        title="Predictions"
        description="What was predicted of each run before it started, and what came. Newest first."
        actions={<LinkButton to="/train">New run</LinkButton>}
      />
      {isPending && <Loading heights={["150px", "320px"]} label="Loading the predictions" />}
      {error && !data && <ErrorNotice title="The predictions could not be read" error={error} onRetry={() => void refetch()} />}
      {data?.total === 0 && <NoRuns />}
      {data && data.total > 0 && (
        <Stack gap="4" aria-busy={isPlaceholderData}>
          <AccuracyCard summary={data.summary} />
          {data.estimates.length > 0 ? <PastRunTable runs={data.estimates} /> : <BeyondTheEnd />}
          {data.estimates.length > 0 && <Pager offset={offset} size={PAGE} total={data.total} noun="run" onGo={go} />}
        </Stack>
      )}
    </>
  );
}

function BeyondTheEnd() {
  return (
    <EmptyState
      icon={Scale}
      title="No run this far back"
      hint="The list is shorter than that: some runs may have been deleted."
      action={
        <LinkButton to="/estimates" variant="outline">
          Show the newest
        </LinkButton>
      }
    />
  );
}

function NoRuns() {
  return (
    <EmptyState
      icon={Scale}
      title="Nothing to compare yet"
      hint="Every training run that ends on this machine is listed here, with the memory and time predicted of it beside what it took."
      action={<LinkButton to="/train">Set up a run</LinkButton>}
    />
  );
}
