import { Button, Flex, Text } from "@chakra-ui/react";
import { X } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { hasEnded } from "@/api/jobs";
import type { JobSummary } from "@/api/types";
import { FEWEST_COMPARED, MOST_COMPARED } from "@/components/compared-runs";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { IconAction } from "@/components/IconAction";
import type { JobActions } from "@/features/jobs/job-actions";
import { comparisonOf } from "@/features/jobs/sweeps";
import { TagEditor } from "@/features/jobs/TagEditor";
import type { Selection } from "@/features/jobs/use-selection";
import { formatCounted } from "@/lib/format";
import { useShortcut } from "@/lib/shortcuts";

interface SelectionBarProps {
  selection: Selection;
  known: readonly string[];
  actions: JobActions;
}

/** What can be done with the selected runs at once; it floats, so that no row moves when it comes. */
export function SelectionBar({ selection, known, actions }: SelectionBarProps) {
  const { jobs, clear } = selection;
  const [asking, setAsking] = useState<"cancel" | "delete" | null>(null);
  const [tagging, setTagging] = useState(false);
  const navigate = useNavigate();
  const active = jobs.filter((job) => !hasEnded(job.status));
  const ended = jobs.filter((job) => hasEnded(job.status));
  const why = whyNotCompared(jobs);
  const compare = () => void navigate(comparisonOf(jobs) ?? "/jobs");
  useShortcut("c", "Compare the selected runs", compare, why === null);
  useShortcut("Escape", "Clear the selection", clear, jobs.length > 0);
  if (jobs.length === 0) return null;
  return (
    <Flex
      role="region"
      aria-label="Selected runs"
      position="fixed"
      bottom={{ base: "16", md: "4" }}
      insetX={{ base: "3", md: "auto" }}
      right={{ md: "6" }}
      zIndex="docked"
      direction="column"
      gap="2"
      px="4"
      py="3"
      bg="bg.panel"
      borderWidth="1px"
      borderRadius="lg"
      boxShadow="lg"
    >
      {tagging && <TagAll jobs={jobs} known={known} actions={actions} onDone={() => setTagging(false)} />}
      <Flex align="center" gap="2" wrap="wrap">
        <Text fontWeight="medium" role="status">
          {formatCounted(jobs.length, "run")} selected
        </Text>
        <Button size="xs" disabled={why !== null} title={why ?? "Key: c"} onClick={compare}>
          Compare
        </Button>
        <Button size="xs" variant="outline" aria-expanded={tagging} onClick={() => setTagging(!tagging)}>
          Tag
        </Button>
        {active.length > 0 && (
          <Button size="xs" variant="outline" onClick={() => setAsking("cancel")}>
            Stop {active.length}
          </Button>
        )}
        {ended.length > 0 && (
          <Button size="xs" variant="outline" onClick={() => setAsking("delete")}>
            Delete {ended.length}
          </Button>
        )}
        <IconAction label="Clear the selection" icon={X} onClick={clear} />
      </Flex>
      <Question asking={asking} active={active} ended={ended} actions={actions} onClose={() => setAsking(null)} onDone={clear} />
    </Flex>
  );
}

/** In words why these runs cannot stand side by side; null when they can. */
function whyNotCompared(jobs: readonly JobSummary[]): string | null {
  if (jobs.length < FEWEST_COMPARED) return "Select two runs or more to compare them.";
  if (jobs.length > MOST_COMPARED) return `At most ${MOST_COMPARED} runs can be compared.`;
  return jobs.every((job) => job.kind === jobs[0]?.kind) ? null : "Runs of different kinds have nothing to compare.";
}

function TagAll({ jobs, known, actions, onDone }: { jobs: JobSummary[]; known: readonly string[]; actions: JobActions; onDone: () => void }) {
  const shared = (jobs[0]?.tags ?? []).filter((tag) => jobs.every((job) => job.tags.includes(tag)));
  const onChange = (tags: string[]) => {
    for (const tag of tags) if (!shared.includes(tag)) void actions.tagAll(jobs, tag, true);
    for (const tag of shared) if (!tags.includes(tag)) void actions.tagAll(jobs, tag, false);
  };
  return <TagEditor label="Tags of all selected runs" tags={shared} known={known} onChange={onChange} onDone={onDone} autoFocus />;
}

interface QuestionProps {
  asking: "cancel" | "delete" | null;
  active: JobSummary[];
  ended: JobSummary[];
  actions: JobActions;
  onClose: () => void;
  onDone: () => void;
}

function Question({ asking, active, ended, actions, onClose, onDone }: QuestionProps) {
  const unfinished = ended.filter((job) => job.status !== "succeeded").length;
  return (
    <>
      <ConfirmDialog
        open={asking === "cancel"}
        title={`Stop ${formatCounted(active.length, "run")}?`}
        confirm="Stop them"
        onConfirm={() => void actions.act(active, "cancel")}
        onClose={onClose}
      >
        What waits leaves the queue; what runs keeps what it can go on from, where its kind can be resumed.
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === "delete"}
        title={`Delete ${formatCounted(ended.length, "run")}?`}
        confirm="Delete"
        onConfirm={() => void actions.removeNow(ended).then(onDone)}
        onClose={onClose}
      >
        Their records, logs and curves are removed; adapters and files that they made stay.
        {unfinished > 0 && ` ${formatCounted(unfinished, "run")} ended without success: their checkpoints go too, so none can be resumed.`}
      </ConfirmDialog>
    </>
  );
}
