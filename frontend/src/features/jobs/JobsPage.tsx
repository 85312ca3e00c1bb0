import { Box, Flex } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { ListChecks, SearchX } from "lucide-react";
import { useMemo } from "react";
import { useSearchParams } from "react-router";

import { jobListQuery } from "@/api/history";
import { usePulse } from "@/api/pulse";
import type { JobList } from "@/api/types";
import { MOST_COMPARED } from "@/components/compared-runs";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { InPieces } from "@/components/InPieces";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { Pager } from "@/components/Pager";
import { LinkButton } from "@/components/RouterLink";
import { deletions } from "@/features/jobs/deletions";
import { useJobActions } from "@/features/jobs/job-actions";
import { JobFilters } from "@/features/jobs/JobFilters";
import { JobSearch } from "@/features/jobs/JobSearch";
import { JobTable } from "@/features/jobs/JobTable";
import { onPage, PAGE_SIZE, viewOf } from "@/features/jobs/jobs-view";
import { SelectionBar } from "@/features/jobs/SelectionBar";
import { useSteadyRows } from "@/features/jobs/steady-rows";
import { comparisonOf, sweepOf } from "@/features/jobs/sweeps";
import { useSelection } from "@/features/jobs/use-selection";
import { useStore } from "@/lib/store";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/jobs?q=&status=&kind=&tag=&sort=&page=`: everything that ran, runs or waits. */
export default function JobsPage() {
  useDocumentTitle("Jobs");
  const [search] = useSearchParams();
  const { question, filtered } = viewOf(search);
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery(jobListQuery(question));
  const loading = <Loading heights={["44px", "280px"]} label="Loading the jobs" />;
  return (
    <>
      <PageHeader
        title="Jobs"
        description="Everything that ran, runs or waits."
        actions={<LinkButton to="/train">New run</LinkButton>}
      />
      {(filtered || (data && data.total > 0)) && (
        <>
          <Box mb="3">
            <JobSearch />
          </Box>
          <JobFilters counts={data?.counts} />
        </>
      )}
      {isPending && loading}
      {error && !data && <ErrorNotice title="The jobs could not be read" error={error} onRetry={() => void refetch()} />}
      {data && (
        <InPieces fallback={loading}>
          <Runs data={data} view={isPlaceholderData ? "" : search.toString()} />
        </InPieces>
      )}
    </>
  );
}

/** The rows of the page, with what is selected of them. */
function Runs({ data, view }: { data: JobList; view: string }) {
  const [search, setSearch] = useSearchParams();
  const { question, filtered } = viewOf(search);
  const hidden = useStore(deletions);
  const rows = useSteadyRows(view, data, usePulse()).filter((job) => !hidden.has(job.job_id));
  const selection = useSelection(rows);
  const actions = useJobActions();
  const tags = data.counts.tag;
  const known = useMemo(() => Object.keys(tags), [tags]);
  const sweep = question.tag.map(sweepOf).find((name) => name !== null);
  const together = sweep === undefined ? null : comparisonOf(rows);
  return (
    <>
      {together && (
        <Flex mb="3">
          <LinkButton to={together} variant="outline">
            {rows.length > MOST_COMPARED ? `Compare the newest ${MOST_COMPARED} runs of ${sweep}` : `Compare the runs of ${sweep}`}
          </LinkButton>
        </Flex>
      )}
      {rows.length > 0 && <JobTable jobs={rows} now={data.now} order={question.sort} selection={selection} known={known} actions={actions} />}
      {rows.length === 0 && data.jobs.length === 0 && (filtered || question.offset > 0 ? <NothingMatches /> : <NoJobs />)}
      {data.total > 0 && (
        <Box mt="3" mb={selection.jobs.length > 0 ? "20" : "0"}>
          <Pager offset={question.offset} size={PAGE_SIZE} total={data.total} noun="run" onGo={(offset) => setSearch(onPage(search, offset))} />
        </Box>
      )}
      <SelectionBar selection={selection} known={known} actions={actions} />
    </>
  );
}

function NoJobs() {
  return (
    <EmptyState
      icon={ListChecks}
      title="No runs yet"
      hint="Start with the sample run: it needs no GPU and no download, and takes about two minutes."
      action={<LinkButton to="/train">Set up a run</LinkButton>}
    />
  );
}

function NothingMatches() {
  return (
    <EmptyState
      icon={SearchX}
      title="No run matches"
      hint="There are runs, but none with these words and filters."
      action={
        <LinkButton to="/jobs" variant="outline">
          Show all
        </LinkButton>
      }
    />
  );
}
