/** What to do next, told from the runs that ended last and the adapters there are. */

import type { Adapter, JobSummary } from "@/api/types";

export interface NextStep {
  label: string;
  to: string;
}

/** The latest end comes first. */
export function nextSteps([last]: JobSummary[], adapters: Adapter[]): NextStep[] {
  const steps: NextStep[] = [];
  if (last && (last.status === "failed" || last.status === "interrupted")) {
    steps.push({ label: `See why ${last.name} did not end well`, to: `/jobs/${last.job_id}` });
  }
  const [newest, before] = newestFirst(adapters);
  if (!newest) return steps;
  steps.push({ label: `Ask ${newest.name} something`, to: `/playground?model=${encodeURIComponent(newest.name)}` });
  steps.push({ label: `Measure how good ${newest.name} is`, to: "/evaluate" });
  if (before) steps.push({ label: `Merge ${newest.name} with ${before.name}`, to: "/merge" });
  return steps;
}

function newestFirst(adapters: Adapter[]): Adapter[] {
  return [...adapters].sort((a, b) => b.training_date.localeCompare(a.training_date));
}
