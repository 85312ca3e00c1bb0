import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleStop,
  CircleX,
  Clock,
  Flag,
  LoaderCircle,
  type LucideIcon,
  Unplug,
} from "lucide-react";

import type { JobStatus } from "@/api/types";
import styles from "@/components/StatusPill.module.css";

/** A status is told by shape, word and colour, so that no one of them is needed. */
const LOOKS: Record<JobStatus, { icon: LucideIcon; palette: string; label: string; turning?: boolean }> = {
  queued: { icon: Clock, palette: "gray", label: "Queued" },
  starting: { icon: CircleDashed, palette: "blue", label: "Starting" },
  running: { icon: LoaderCircle, palette: "blue", label: "Running", turning: true },
  finishing: { icon: Flag, palette: "teal", label: "Finishing…" },
  stopping: { icon: CircleStop, palette: "orange", label: "Stopping…" },
  succeeded: { icon: CircleCheck, palette: "teal", label: "Succeeded" },
  failed: { icon: CircleX, palette: "red", label: "Failed" },
  cancelled: { icon: Ban, palette: "gray", label: "Cancelled" },
  interrupted: { icon: Unplug, palette: "orange", label: "Interrupted" },
};

export const STATUSES = Object.keys(LOOKS) as JobStatus[];

export function statusLabel(status: JobStatus): string {
  return LOOKS[status].label;
}

/** A style sheet of its own: a list has fifty of them. */
export function StatusPill({ status }: { status: JobStatus }) {
  const { icon: Icon, palette, label, turning } = LOOKS[status];
  const colour = (shade: string) => `var(--chakra-colors-${palette}-${shade})`;
  return (
    <span className={turning ? `${styles.pill} ${styles.turning}` : styles.pill} style={{ background: colour("subtle"), color: colour("fg") }}>
      <Icon size={13} strokeWidth={2.25} aria-hidden />
      {label}
    </span>
  );
}
