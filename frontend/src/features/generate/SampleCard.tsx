import { Button, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { useContact } from "@/api/contact";
import { hasEnded, jobQuery, submitJob } from "@/api/jobs";
import type { JobDetail, JsonObject } from "@/api/types";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Notice } from "@/components/Notice";
import { RouterLink } from "@/components/RouterLink";
import { RowsCard } from "@/components/rows/RowsCard";
import { useRowsFeed } from "@/components/rows/rows-feed";
import { StatusPill } from "@/components/StatusPill";
import { newKey } from "@/lib/new-key";

const PATH = "/datasets/generate/sample";
const EVERY_MS = 1500;
/** Part of the address that names the sample's job, so that a reload shows it again. */
const SAMPLE = "sample";

interface SampleCardProps {
  params: JsonObject;
  /** The service has accepted these settings. */
  ready: boolean;
}

/** A few records with the settings as they stand: cheaper to look at than to regret. */
export function SampleCard({ params, ready }: SampleCardProps) {
  const { lost } = useContact();
  const [search, setSearch] = useSearchParams();
  const jobId = search.get(SAMPLE);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const write = async () => {
    setBusy(true);
    setError(null);
    try {
      const { job_id: id } = await submitJob(PATH, params, newKey());
      setSearch((before) => new URLSearchParams([...[...before].filter(([name]) => name !== SAMPLE), [SAMPLE, id]]), { replace: true, preventScrollReset: true });
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Card title="Look before you write">
        <Stack gap="3" align="flex-start">
          <Text color="fg.muted">A sample with these settings shows in a minute whether they say what you mean. It is no part of the dataset.</Text>
          <Button type="button" size="sm" variant="outline" disabled={!ready || lost} loading={busy} onClick={() => void write()}>
            <FlaskConical aria-hidden />
            {jobId ? "Write another sample" : "Write a sample"}
          </Button>
          {error !== null && <ErrorNotice title="The sample was not started" error={error} />}
        </Stack>
      </Card>
      {jobId && <Sample key={jobId} jobId={jobId} />}
    </>
  );
}

function Sample({ jobId }: { jobId: string }) {
  const { data: job } = useQuery({
    ...jobQuery(jobId),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data.status) ? false : EVERY_MS),
  });
  const ended = job !== undefined && hasEnded(job.status);
  const feed = useRowsFeed(jobId, ended);
  return (
    <Stack gap="3">
      <Text role="status" display="flex" alignItems="center" gap="3">
        {job && <StatusPill status={job.status} />}
        <RouterLink to={`/jobs/${jobId}`} textDecoration="underline">
          The sample's own page
        </RouterLink>
      </Text>
      {job?.status === "failed" && <Failure job={job} />}
      <RowsCard feed={feed} ended={ended} title="Sample" />
    </Stack>
  );
}

function Failure({ job }: { job: JobDetail }) {
  return (
    <Notice tone="error" title="The sample failed">
      <Text overflowWrap="anywhere">{job.error ?? "See its page for the log."}</Text>
    </Notice>
  );
}
