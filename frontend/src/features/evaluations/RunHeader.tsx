import { Button } from "@chakra-ui/react";
import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useContact } from "@/api/contact";
import { reportAddress, useDeleteEvaluation } from "@/api/evaluations";
import type { Summary } from "@/api/evaluation-types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PageHeader } from "@/components/PageHeader";
import { CompareWith } from "@/features/evaluations/CompareWith";
import { MODES, titleOf } from "@/features/evaluations/words";
import { formatTime } from "@/lib/format";

/** What was evaluated, by whom and when; and what can be done with the run. */
export function RunHeader({ summary }: { summary: Summary }) {
  const navigate = useNavigate();
  const { lost } = useContact();
  const [asking, setAsking] = useState(false);
  const deletion = useDeleteEvaluation();
  const { run } = summary;
  const remove = () => deletion.mutate(run, { onSuccess: () => void navigate("/evaluations") });
  return (
    <>
      <PageHeader
        title={titleOf(summary)}
        description={descriptionOf(summary)}
        actions={
          <>
            <Button asChild size="sm" variant="outline">
              <a href={reportAddress(run)} target="_blank" rel="noopener noreferrer">
                Report
                <ExternalLink aria-label="in a new tab" />
              </a>
            </Button>
            <CompareWith summary={summary} />
            <Button size="sm" variant="outline" disabled={lost} loading={deletion.isPending} onClick={() => setAsking(true)}>
              Delete
            </Button>
          </>
        }
      />
      {deletion.isError && <ErrorNotice title="The evaluation could not be deleted" error={deletion.error} />}
      <ConfirmDialog open={asking} title={`Delete ${titleOf(summary)}?`} confirm="Delete" onConfirm={remove} onClose={() => setAsking(false)}>
        Its scores, rationales and reports are removed from the disk. What was paid for them is not given back.
      </ConfirmDialog>
    </>
  );
}

function descriptionOf({ mode, judges, judge_host: host, rubric, dataset, created_at: created }: Summary): string {
  const judge = judges.length > 0 && `judged by ${judges.join(", ")}${host ? ` at ${host}` : ""}`;
  return [MODES[mode], judge, rubric && `rubric ${rubric}`, dataset, formatTime(created)].filter(Boolean).join(" · ");
}
