import { Box } from "@chakra-ui/react";
import { useEffect, useEffectEvent, useState } from "react";
import { useLocation, useNavigate } from "react-router";

import { pulse, usePulse } from "@/api/pulse";
import type { JobSummary, Pulse } from "@/api/types";
import { Ends, endOf, wordsOfEnd } from "@/app/ends";
import { showFavicon } from "@/app/favicon";
import { toast } from "@/components/toasts";
import { notify } from "@/lib/notices";
import { documentTitle } from "@/lib/use-document-title";

/** What the runs do, told beside every page: in the tab's title and icon, by a message, a notification, a quarter at a time. */
export function RunNews() {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const told = usePulse();
  const [ended, setEnded] = useState<JobSummary | null>(null);
  useEnds((job) => {
    tellOfEnd(job, (address) => void navigate(address));
    setEnded(job);
  });
  const [seenAt, setSeenAt] = useState(pathname);
  if (seenAt !== pathname) {
    // Whoever goes on to another page has seen the mark of the last end.
    setSeenAt(pathname);
    setEnded(null);
  }
  const running = told?.running[0];
  useEffect(() => showInTab(running, ended), [running, ended]);
  useEffect(() => () => showInTab(undefined, null), []);
  return (
    <Box role="status" aria-label="Progress of the run" srOnly>
      {running && quarterOf(running)}
    </Box>
  );
}

/** Calls back with every run that ends, once, from the first pulse on. */
function useEnds(onEnd: (job: JobSummary) => void): void {
  const tell = useEffectEvent(onEnd);
  useEffect(() => {
    const ends = new Ends();
    const take = (now: Pulse | null) => now && ends.since(now).forEach((job) => tell(job));
    take(pulse.get());
    return pulse.subscribe(() => take(pulse.get()));
  }, []);
}

function tellOfEnd(job: JobSummary, navigate: (address: string) => void): void {
  const words = wordsOfEnd(job);
  if (!words) return; // whoever cancelled it knows
  const to = `/jobs/${job.job_id}`;
  toast({ ...words, key: endOf(job), tone: job.status === "succeeded" ? "success" : "error", action: { label: "Open the run", to } });
  notify({ key: endOf(job), title: words.title, body: words.description, onOpen: () => navigate(to) });
}

function showInTab(running: JobSummary | undefined, ended: JobSummary | null): void {
  if (running) {
    documentTitle.setState(`${Math.floor(running.progress.percent)} %`, running.name);
    showFavicon({ progress: running.progress.percent });
  } else if (ended && wordsOfEnd(ended)) {
    const isWell = ended.status === "succeeded";
    documentTitle.setState(`${isWell ? "✓" : "✕"} ${ended.name}`, ended.name);
    showFavicon(isWell ? "succeeded" : "failed");
  } else {
    documentTitle.setState("", "");
    showFavicon(null);
  }
}

/** Said when it changes: three times in a run, never with every step. */
function quarterOf({ name, progress }: JobSummary): string {
  const quarter = Math.floor(progress.percent / 25) * 25;
  return quarter > 0 ? `${name} is at ${quarter} %.` : "";
}
