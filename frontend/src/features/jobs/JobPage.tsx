import { Stack } from "@chakra-ui/react";
import { FileQuestion } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useParams } from "react-router";

import { hasEnded } from "@/api/jobs";
import type { JobDetail } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { InPieces } from "@/components/InPieces";
import { Loading } from "@/components/Loading";
import { LinkButton } from "@/components/RouterLink";
import { statusLabel } from "@/components/StatusPill";
import { CurvesCard } from "@/features/jobs/CurvesCard";
import { DownloadResult } from "@/features/jobs/DownloadResult";
import { EvaluationResult } from "@/features/jobs/EvaluationResult";
import { ExportResult } from "@/features/jobs/ExportResult";
import { FailurePanel } from "@/features/jobs/FailurePanel";
import { GeneratedRecords } from "@/features/jobs/GeneratedRecords";
import { type JobFeed, useJobFeed } from "@/features/jobs/job-feed";
import { JobHeader } from "@/features/jobs/JobHeader";
import { JobLabels } from "@/features/jobs/JobLabels";
import { JobTabs } from "@/features/jobs/JobTabs";
import { LogCard, type WantedLine } from "@/features/jobs/LogCard";
import { MergeResult } from "@/features/jobs/MergeResult";
import { ParamsCard } from "@/features/jobs/ParamsCard";
import { ProgressCard } from "@/features/jobs/ProgressCard";
import { ResultCard } from "@/features/jobs/ResultCard";
import { SamplesCard } from "@/features/jobs/SamplesCard";
import { StalledNotice } from "@/features/jobs/StalledNotice";
import { WaitsFor } from "@/features/jobs/WaitsFor";
import { useStore } from "@/lib/store";
import { useDocumentTitle } from "@/lib/use-document-title";

const [TRAIN, MERGE, EVALUATE, GENERATE, DOWNLOAD, EXPORT] = ["train", "merge", "evaluate", "generate", "download", "export"];

/** `/jobs/:id`: one run, live while it runs. */
export default function JobPage() {
  const { id = "" } = useParams();
  const feed = useJobFeed(id);
  const { job, now, problem } = useStore(feed);
  useDocumentTitle(job ? titleOf(job) : "Job");
  const loading = <Loading page heights={["64px", "128px", "340px", "300px"]} label="Loading the job" />;
  if (job) {
    return (
      <InPieces fallback={loading}>
        <Job job={job} now={now} feed={feed} />
      </InPieces>
    );
  }
  if (problem?.status === 404) return <NoSuchJob id={id} />;
  if (problem) return <ErrorNotice page title="The job could not be read" error={problem} onRetry={feed.look} />;
  return loading;
}

function Job({ job, now, feed }: { job: JobDetail; now: string; feed: JobFeed }) {
  const { part = "" } = useParams();
  const [wanted, setWanted] = useState<WantedLine | null>(null);
  const log = (height: string) => <LogCard feed={feed} ended={hasEnded(job.status)} height={height} wanted={wanted} onWanted={setWanted} />;
  return (
    <>
      <JobHeader job={job} now={now} onActed={feed.look} />
      <JobLabels job={job} onChanged={feed.look} />
      <JobTabs jobId={job.job_id} />
      {part === "log" ? (
        log("max(324px, calc(100dvh - 300px))")
      ) : part === "config" ? (
        <ParamsCard kind={job.kind} params={job.params} />
      ) : (
        <Overview job={job} now={now} feed={feed} log={log("324px")} onWanted={setWanted} />
      )}
    </>
  );
}

interface OverviewProps {
  job: JobDetail;
  now: string;
  feed: JobFeed;
  log: ReactNode;
  onWanted: (wanted: WantedLine) => void;
}

function Overview({ job, now, feed, log, onWanted }: OverviewProps) {
  const wentWrong = job.status === "failed" || job.status === "interrupted";
  const showStep = async (step: number) => {
    const line = await feed.lineOfStep(step);
    if (line !== null) onWanted({ line });
  };
  return (
    <Stack gap="4">
      {wentWrong && <Failure job={job} feed={feed} />}
      {job.stalled_seconds !== null && <StalledNotice seconds={job.stalled_seconds} />}
      {job.status === "queued" && job.after.length > 0 && <WaitsFor job={job} />}
      <Result job={job} />
      <ProgressCard job={job} now={now} />
      {job.kind === GENERATE && <GeneratedRecords job={job} />}
      {job.kind === TRAIN && (
        <CurvesCard jobId={job.job_id} store={feed.curve} ended={hasEnded(job.status)} onStep={(step) => void showStep(step)} />
      )}
      {job.samples_bytes > 0 && <SamplesCard job={job} />}
      {log}
      <ParamsCard kind={job.kind} params={job.params} />
    </Stack>
  );
}

function Failure({ job, feed }: { job: JobDetail; feed: JobFeed }) {
  const { end } = useStore(feed.log);
  return <FailurePanel job={job} logEnd={end} />;
}

/** A merge that fell short of its proof has a result too, and an export that would be asked otherwise. */
function Result({ job }: { job: JobDetail }) {
  if (!job.result) return null;
  if (job.kind === EVALUATE) return <EvaluationResult result={job.result} />;
  if (job.kind === GENERATE) return null; // its records say it
  if (job.kind === MERGE) return <MergeResult job={job} result={job.result} />;
  if (job.kind === EXPORT) return <ExportResult result={job.result} />;
  if (job.kind === DOWNLOAD) return <DownloadResult result={job.result} />;
  return job.status === "succeeded" ? <ResultCard result={job.result} /> : null;
}

const MARKS: Partial<Record<JobDetail["status"], string>> = { succeeded: "✓", failed: "✕", interrupted: "✕" };

/** Readable in a background tab: "63 % · physics", "✓ physics". */
function titleOf({ status, name, progress }: JobDetail): string {
  const mark = MARKS[status];
  if (mark) return `${mark} ${name}`;
  return status === "running" ? `${Math.floor(progress.percent)} % · ${name}` : `${statusLabel(status)} · ${name}`;
}

function NoSuchJob({ id }: { id: string }) {
  return (
    <EmptyState
      page
      icon={FileQuestion}
      title={`No run ${id}`}
      hint="It may have been deleted."
      action={<LinkButton to="/jobs">See all jobs</LinkButton>}
    />
  );
}
