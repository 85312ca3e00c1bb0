import { chakra } from "@chakra-ui/react";
import { type ReactNode, type SyntheticEvent, useRef, useState } from "react";

import type { Estimate, SweepPlan } from "@/api/types";
import { formatBytes } from "@/lib/format";
import { fitOf } from "@/features/train/fit";

/** On a run that was started although it needed more memory than was free. */
const OVERRIDDEN = "started over the memory";

type Room = Pick<Estimate["memory"], "total_bytes" | "available_bytes">;

const Choice = chakra("label", { base: { display: "flex", gap: "2", alignItems: "flex-start", minH: "6", cursor: "pointer", textStyle: "xs", color: "fg.muted" } });
const Box = chakra("input", { base: { boxSize: "4", mt: "0.5", flexShrink: 0, accentColor: "var(--chakra-colors-red-solid)" } });

interface Held {
  /** Why the run is held back; null when it is not. */
  objection: string | null;
  choice: ReactNode;
  /** What the run is marked with. */
  tags: string[];
  /** Leads to the choice instead of starting. */
  hold: (event: SyntheticEvent) => void;
}

/** A run that does not fit is held back, until somebody says that it shall start all the same. */
export function useRoom(memory: Room | undefined): Held {
  const [override, setOverride] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const hold = (event: SyntheticEvent) => {
    event.preventDefault();
    box.current?.focus();
  };
  const { total_bytes: total = 0, available_bytes: available = null } = memory ?? {};
  if (available === null || fitOf(total, available) !== "exceeds") return { objection: null, choice: null, tags: [], hold };
  const choice = (
    <Choice>
      <Box ref={box} type="checkbox" checked={override} onChange={(event) => setOverride(event.target.checked)} />
      Start it all the same: it may run out of memory, and is marked “{OVERRIDDEN}”.
    </Choice>
  );
  const objection = `Does not fit: ${formatBytes(total)} of ${formatBytes(available)} free`;
  return override ? { objection: null, choice, tags: [OVERRIDDEN], hold } : { objection, choice, tags: [], hold };
}

/** A sweep fits when its largest run does. */
export function roomOfSweep(plan: SweepPlan | undefined): Room | undefined {
  return plan && { total_bytes: plan.most_bytes, available_bytes: plan.available_bytes };
}
