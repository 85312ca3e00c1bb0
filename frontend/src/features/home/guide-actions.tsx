import { Button } from "@chakra-ui/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useContact } from "@/api/contact";
import { streamAnswer } from "@/api/generate";
import { submitJob } from "@/api/jobs";
import { baseModelsQuery } from "@/api/models";
import { toProblem } from "@/api/problem";
import type { JobKind, JsonObject } from "@/api/types";
import { toast } from "@/components/toasts";
import { newKey } from "@/lib/new-key";

const NOBODY = { onStart: () => {}, onText: () => {} };

/** Has the built-in model made by asking it for a word: whatever first needs it makes it. */
export function BuildModel({ name }: { name: string }) {
  const { lost } = useContact();
  const queries = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => streamAnswer({ model: name, messages: [{ role: "user", content: "Hello" }], max_new_tokens: 1 }, new AbortController().signal, NOBODY),
    onError: (error) => toast({ title: `${name} could not be made.`, description: toProblem(error).message, tone: "error" }),
    onSettled: () => queries.invalidateQueries({ queryKey: baseModelsQuery.queryKey }),
  });
  return (
    <Button size="xs" variant="outline" disabled={lost} loading={isPending} loadingText="Making it…" onClick={() => mutate()}>
      Make it now
    </Button>
  );
}

/** Starts the sample run with one click, and shows it; a second click is the same run. */
export function SampleRun({ kind, params, disabled }: { kind: JobKind; params: JsonObject; disabled: boolean }) {
  const { lost } = useContact();
  const navigate = useNavigate();
  const [key] = useState(newKey);
  const { mutate, isPending } = useMutation({
    mutationFn: () => submitJob(kind.path, params, key),
    onSuccess: ({ job_id: id }) => navigate(`/jobs/${id}`),
    onError: (error) => toast({ title: "The sample run was not started.", description: toProblem(error).message, tone: "error" }),
  });
  return (
    <Button size="xs" disabled={lost || disabled} loading={isPending} onClick={() => mutate()}>
      Start the sample run
    </Button>
  );
}
