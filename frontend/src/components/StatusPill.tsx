import { chakra } from "@chakra-ui/react";
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

const Pill = chakra("span", {
  base: {
    display: "inline-flex",
    alignItems: "center",
    gap: "1.5",
    px: "2",
    py: "0.5",
    borderRadius: "full",
    bg: "colorPalette.subtle",
    color: "colorPalette.fg",
    fontSize: "xs",
    fontWeight: "medium",
    whiteSpace: "nowrap",
    "&[data-turning] svg": { animation: "spin 2s linear infinite", _motionReduce: { animation: "none" } },
  },
});

export function StatusPill({ status }: { status: JobStatus }) {
  const { icon: Icon, palette, label, turning } = LOOKS[status];
  return (
    <Pill colorPalette={palette} data-turning={turning || undefined}>
      <Icon size={13} strokeWidth={2.25} aria-hidden />
      {label}
    </Pill>
  );
}
