import { ArrowUpToLine, CopyPlus, Download, ExternalLink, Play, Square, Tag, Trash2 } from "lucide-react";

import { bundleAddress } from "@/api/history";
import { hasEnded } from "@/api/jobs";
import type { JobSummary } from "@/api/types";
import { ActionMenu, type MenuItem } from "@/components/ActionMenu";
import type { JobActions } from "@/features/jobs/job-actions";

/** Kinds that a page sets up; the others are started by what needs them. */
const WITH_A_FORM = ["train", "merge", "evaluate", "generate"];

interface JobMenuProps {
  job: JobSummary;
  actions: JobActions;
  onTag: () => void;
}

/** What else can be done with a run of the list. */
export function JobMenu({ job, actions, onTag }: JobMenuProps) {
  return <ActionMenu label={`Actions for ${job.name}`} items={itemsFor({ job, actions, onTag })} />;
}

function itemsFor({ job, actions, onTag }: JobMenuProps): MenuItem[] {
  const { job_id: id, status, kind } = job;
  const ended = hasEnded(status);
  const items: MenuItem[] = [{ label: "Open", icon: ExternalLink, to: `/jobs/${id}` }];
  if (WITH_A_FORM.includes(kind)) items.push({ label: "Duplicate and change", icon: CopyPlus, to: `/${kind}?from=${id}` });
  items.push({ label: "Edit tags", icon: Tag, onSelect: onTag });
  items.push({ label: "Download what it told", icon: Download, onSelect: () => window.location.assign(bundleAddress(id)) });
  if (ended && status !== "succeeded") items.push({ label: "Resume", icon: Play, onSelect: () => void actions.act([job], "resume") });
  if (status === "queued" && job.queue_position !== 1) items.push({ label: "Run next", icon: ArrowUpToLine, onSelect: () => void actions.runNext(job) });
  if (!ended) {
    const label = status === "queued" ? "Take out of the queue" : "Stop";
    items.push({ label, icon: Square, disabled: status === "stopping", why: "It is stopping already.", onSelect: () => void actions.act([job], "cancel") });
  }
  items.push({ label: "Delete", icon: Trash2, tone: "danger", disabled: !ended, why: "Stop it first.", onSelect: () => actions.removeLater(job) });
  return items;
}
