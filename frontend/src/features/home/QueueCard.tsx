import { Flex, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { useState } from "react";

import { useContact } from "@/api/contact";
import { jobsQuery, useJobAction, useMoveJob } from "@/api/jobs";
import { toProblem } from "@/api/problem";
import type { JobSummary } from "@/api/types";
import { Card } from "@/components/Card";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { IconAction } from "@/components/IconAction";
import { Loading } from "@/components/Loading";
import { RouterLink } from "@/components/RouterLink";
import { toast } from "@/components/toasts";
import { formatCount, formatTime } from "@/lib/format";

/** What waits, in the order of its turns, and ways to change that. */
export function QueueCard() {
  const { data, error, refetch } = useQuery(jobsQuery({ status: "queued" }));
  const waiting = data ? inOrder(data.jobs) : [];
  const positions = new Set(waiting.map(({ queue_position: place }) => place));
  const hidden = data ? data.total - waiting.length : 0;
  return (
    <Card title="Queue">
      {error && !data && <ErrorNotice title="The queue could not be read" error={error} onRetry={() => void refetch()} />}
      {!error && !data && <Loading heights={["32px"]} label="Loading the queue" />}
      <Flex as="ol" direction="column" listStyleType="none">
        {waiting.map((job) => (
          <Waiting key={job.job_id} job={job} isLast={!positions.has((job.queue_position ?? 0) + 1)} />
        ))}
      </Flex>
      {hidden > 0 && (
        <Text mt="2" color="fg.muted">
          and {formatCount(hidden)} more
        </Text>
      )}
    </Card>
  );
}

/** What needs no GPU has a queue of its own, so two can be next. */
function inOrder(jobs: JobSummary[]): JobSummary[] {
  const place = (job: JobSummary) => job.queue_position ?? Infinity;
  return [...jobs].sort((a, b) => place(a) - place(b) || a.created_at.localeCompare(b.created_at));
}

function Waiting({ job, isLast }: { job: JobSummary; isLast: boolean }) {
  const { job_id: id, name, kind, queue_position: place, created_at: created } = job;
  const { lost } = useContact();
  const { mutate, isPending } = useMoveJob();
  const move = (by: number) =>
    mutate(
      { jobId: id, to: (place ?? 1) + by },
      { onError: (error) => toast({ title: `${name} keeps its place.`, description: toProblem(error).message, tone: "warning" }) },
    );
  const stuck = lost || isPending || place === null;
  return (
    <Flex as="li" align="center" gap="3" py="1.5" _notFirst={{ borderTopWidth: "1px" }}>
      <Text w="5" textAlign="end" color="fg.muted">
        {place ?? "–"}
      </Text>
      <RouterLink to={`/jobs/${id}`} truncate minW="0" py="0.5">
        {name}
      </RouterLink>
      <Text color="fg.muted" truncate minW="0" display={{ base: "none", sm: "block" }}>
        {kind} · {formatTime(created)}
      </Text>
      <Flex ms="auto" flexShrink="0">
        <IconAction label={`Move ${name} up`} icon={ArrowUp} disabled={stuck || place === 1} onClick={() => move(-1)} />
        <IconAction label={`Move ${name} down`} icon={ArrowDown} disabled={stuck || isLast} onClick={() => move(1)} />
        <DropButton job={job} disabled={lost} />
      </Flex>
    </Flex>
  );
}

function DropButton({ job: { job_id: id, name }, disabled }: { job: JobSummary; disabled: boolean }) {
  const [asking, setAsking] = useState(false);
  const { mutate } = useJobAction(id);
  return (
    <>
      <IconAction label={`Take ${name} out of the queue`} icon={X} disabled={disabled} onClick={() => setAsking(true)} />
      <ConfirmDialog open={asking} title={`Take ${name} out of the queue?`} confirm="Take it out" onConfirm={() => mutate("cancel")} onClose={() => setAsking(false)}>
        It has not begun. Its settings stay with it, so that it can be queued again later.
      </ConfirmDialog>
    </>
  );
}
