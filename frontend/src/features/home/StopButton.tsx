import { Button } from "@chakra-ui/react";
import { useState } from "react";

import { useContact } from "@/api/contact";
import { useJobAction } from "@/api/jobs";
import { toProblem } from "@/api/problem";
import type { JobSummary } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { toast } from "@/components/toasts";

/** Ends a run after a question; what it says while it stops is said at once. */
export function StopButton({ job: { job_id: id, name, status } }: { job: JobSummary }) {
  const { lost } = useContact();
  const [asking, setAsking] = useState(false);
  const { mutate, isPending, isSuccess } = useJobAction(id);
  const stopping = status === "stopping" || isPending || isSuccess;
  const stop = () =>
    mutate("cancel", { onError: (error) => toast({ title: `${name} could not be stopped.`, description: toProblem(error).message, tone: "error" }) });
  return (
    <>
      <Button size="xs" variant="outline" aria-label={`Stop ${name}`} disabled={lost || stopping} onClick={() => setAsking(true)}>
        {stopping ? "Stopping…" : "Stop"}
      </Button>
      <ConfirmDialog open={asking} title={`Stop ${name}?`} confirm="Stop the run" onConfirm={stop} onClose={() => setAsking(false)}>
        A run that has begun finishes its step and keeps what it can, so that it can be resumed later.
      </ConfirmDialog>
    </>
  );
}
