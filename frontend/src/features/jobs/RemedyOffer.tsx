import { Button, Flex, Stack, Text } from "@chakra-ui/react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useContact } from "@/api/contact";
import { jobKindsQuery } from "@/api/job-kinds";
import { submitJob } from "@/api/jobs";
import type { JobDetail, JobKind, JsonObject, Remedy } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { copiedRun, nameOfCopy } from "@/components/job-form/copy";
import { KeyValues } from "@/components/KeyValues";
import { LinkButton } from "@/components/RouterLink";
import { labelOf } from "@/components/schema-form/form-spec";
import { newKey } from "@/lib/new-key";

interface RemedyOfferProps {
  job: JobDetail;
  remedy: Remedy;
}

/** What would have helped the run, and the same run with it, one click away. */
export function RemedyOffer({ job, remedy }: RemedyOfferProps) {
  const { data: kinds } = useQuery(jobKindsQuery);
  const kind = kinds?.find((candidate) => candidate.kind === job.kind);
  const changes = Object.entries(remedy.params);
  return (
    <Stack gap="3">
      <Text overflowWrap="anywhere">{remedy.sentence}</Text>
      {changes.length > 0 && (
        <KeyValues entries={changes.map(([name, value]) => [labelOf(name), `${text(job.params[name])} → ${text(value)}`])} />
      )}
      {kind && changes.length > 0 && <StartChanged kind={kind} job={job} params={{ ...job.params, ...remedy.params }} />}
    </Stack>
  );
}

function text(value: unknown): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

/** A second click, or one after a lost answer, starts no second run: both carry the same key. */
function StartChanged({ kind, job, params }: { kind: JobKind; job: JobDetail; params: JsonObject }) {
  const { lost } = useContact();
  const navigate = useNavigate();
  const [key] = useState(newKey);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => submitJob(kind.path, copiedRun(kind, params), key),
    onSuccess: ({ job_id }) => navigate(`/jobs/${job_id}`),
  });
  return (
    <Stack gap="3" align="flex-start">
      <Flex gap="2" wrap="wrap">
        <Button size="sm" colorPalette="gray" disabled={lost} loading={isPending} onClick={() => mutate()}>
          <Play aria-hidden />
          Start {nameOfCopy(params)} with this change
        </Button>
        <LinkButton to={`/${job.kind}?from=${job.job_id}&remedy`} variant="outline">
          Look it over first
        </LinkButton>
      </Flex>
      {error && <ErrorNotice title="The changed run could not be started" error={error} />}
    </Stack>
  );
}
