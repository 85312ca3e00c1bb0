import { Button, Flex, Stack, Text, Textarea } from "@chakra-ui/react";
import { NotebookPen, Pencil } from "lucide-react";
import { useState } from "react";

import { useLabels } from "@/api/history";
import type { JobDetail } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { RenameForm } from "@/features/jobs/RenameForm";
import { TagEditor } from "@/features/jobs/TagEditor";

interface JobLabelsProps {
  job: JobDetail;
  /** Something was written: the page looks again. */
  onChanged: () => void;
}

const NO_TAGS: readonly string[] = [];

/** The tags, the notes and the name of a run, to find it again and to remember why it was made. */
export function JobLabels({ job, onChanged }: JobLabelsProps) {
  const labels = useLabels(job.job_id);
  const [renaming, setRenaming] = useState(false);
  const [draft, setDraft] = useState<string | null>(null);
  const write = (change: { tags: string[] } | { notes: string }) =>
    labels.mutate(change, {
      onSuccess: () => {
        onChanged();
        if ("notes" in change) setDraft(null);
      },
    });
  return (
    <Stack gap="2" mb="4">
      <Flex gap="3" wrap="wrap" align="center">
        <TagEditor label="Tags" tags={job.tags} known={NO_TAGS} onChange={(tags) => write({ tags })} />
        {draft === null && (
          <Button size="xs" variant="ghost" color="fg.muted" onClick={() => setDraft(job.notes)}>
            <NotebookPen aria-hidden />
            {job.notes ? "Edit the notes" : "Take notes"}
          </Button>
        )}
        {!renaming && (
          <Button size="xs" variant="ghost" color="fg.muted" onClick={() => setRenaming(true)}>
            <Pencil aria-hidden />
            Rename
          </Button>
        )}
      </Flex>
      {renaming && <RenameForm job={job} onChanged={onChanged} onDone={() => setRenaming(false)} />}
      {draft === null && job.notes && (
        <Text whiteSpace="pre-wrap" overflowWrap="anywhere" maxW="80ch" color="fg.muted">
          {job.notes}
        </Text>
      )}
      {draft !== null && (
        <Stack gap="2" maxW="80ch">
          <Textarea aria-label="Notes" rows={4} bg="bg.panel" value={draft} autoFocus onChange={(event) => setDraft(event.target.value)} />
          <Flex gap="2">
            <Button size="xs" loading={labels.isPending} onClick={() => write({ notes: draft })}>
              Save the notes
            </Button>
            <Button size="xs" variant="ghost" onClick={() => setDraft(null)}>
              Leave as it was
            </Button>
          </Flex>
        </Stack>
      )}
      {labels.isError && <ErrorNotice title="It could not be saved" error={labels.error} />}
    </Stack>
  );
}
