import { Button, Flex, Input } from "@chakra-ui/react";
import { type FormEvent, useState } from "react";

import { useLabels } from "@/api/history";
import type { JobDetail } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";

/** Calls a run something else; no file moves. */
export function RenameForm({ job, onChanged, onDone }: { job: JobDetail; onChanged: () => void; onDone: () => void }) {
  const [name, setName] = useState(job.name);
  const labels = useLabels(job.job_id);
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === job.name) return onDone();
    labels.mutate(
      { name },
      {
        onSuccess: () => {
          onChanged();
          onDone();
        },
      },
    );
  };
  return (
    <form onSubmit={save} onKeyDown={(event) => event.key === "Escape" && onDone()}>
      <Flex gap="2" align="center" wrap="wrap">
        <Input size="sm" w="min(24rem, 70vw)" aria-label="Name of the run" value={name} autoFocus onChange={(event) => setName(event.target.value)} />
        <Button type="submit" size="xs" loading={labels.isPending} disabled={name.trim() === ""}>
          Rename
        </Button>
        <Button size="xs" variant="ghost" onClick={onDone}>
          Keep
        </Button>
      </Flex>
      {labels.isError && <ErrorNotice title="It could not be renamed" error={labels.error} />}
    </form>
  );
}
