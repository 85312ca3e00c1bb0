import { useQuery } from "@tanstack/react-query";
import { ListChecks, SearchX } from "lucide-react";
import { useSearchParams } from "react-router";

import { jobsQuery } from "@/api/jobs";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { JobFilters } from "@/features/jobs/JobFilters";
import { JobTable } from "@/features/jobs/JobTable";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/jobs?status=&kind=`: everything that ran, runs or waits. */
export default function JobsPage() {
  useDocumentTitle("Jobs");
  const [search] = useSearchParams();
  const filter = { status: search.get("status") ?? undefined, kind: search.get("kind") ?? undefined };
  const filtered = filter.status !== undefined || filter.kind !== undefined;
  const { data, error, isPending, refetch } = useQuery(jobsQuery(filter));
  return (
    <>
      <PageHeader
        title="Jobs"
        description="Everything that ran, runs or waits, newest first."
        actions={<LinkButton to="/train">New run</LinkButton>}
      />
      {(filtered || (data && data.total > 0)) && <JobFilters filter={filter} />}
      {isPending && <Loading heights={["44px", "280px"]} label="Loading the jobs" />}
      {error && !data && <ErrorNotice title="The jobs could not be read" error={error} onRetry={() => void refetch()} />}
      {data && data.jobs.length > 0 && <JobTable jobs={data.jobs} total={data.total} now={data.now} />}
      {data?.jobs.length === 0 && (filtered ? <NothingMatches /> : <NoJobs />)}
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
      hint="There are runs, but none with this status and kind."
      action={
        <LinkButton to="/jobs" variant="outline">
          Show all
        </LinkButton>
      }
    />
  );
}
