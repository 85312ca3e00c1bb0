/** Everything that can be gone to or done from anywhere. */

import { useQuery } from "@tanstack/react-query";
import { Ban, Database, Keyboard, Layers, Monitor, Moon, Play, Sun } from "lucide-react";
import { useNavigate } from "react-router";

import { adaptersQuery } from "@/api/adapters";
import { useContact } from "@/api/contact";
import { datasetsQuery } from "@/api/datasets";
import { jobListQuery } from "@/api/history";
import { actOnJob, jobsQuery } from "@/api/jobs";
import { toProblem } from "@/api/problem";
import { pulse, usePulse } from "@/api/pulse";
import type { JobSummary } from "@/api/types";
import { PAGES } from "@/app/navigation";
import { type Command, MOST_SHOWN } from "@/app/palette/commands";
import { statusLabel } from "@/components/StatusPill";
import { toast } from "@/components/toasts";
import { theme, type ThemeChoice, useTheme } from "@/lib/color-mode";
import { useDebounced } from "@/lib/use-debounced";

const THEMES: { choice: ThemeChoice; label: string; icon: Command["icon"] }[] = [
  { choice: "light", label: "Switch to light", icon: Sun },
  { choice: "dark", label: "Switch to dark", icon: Moon },
  { choice: "system", label: "Switch to the system's colours", icon: Monitor },
];

/** Of the runs the newest are at hand; the others are looked for by what is typed. */
export function useCommands(typed: string, onShowKeys: () => void): Command[] {
  const navigate = useNavigate();
  const go = (to: string) => () => void navigate(to);
  return [...useActions(onShowKeys, go), ...pages(go), ...useThings(typed, go)];
}

const SEARCH_MS = 150;

type Go = (to: string) => () => void;

function pages(go: Go): Command[] {
  return PAGES.map(({ to, label, icon }) => ({ id: `page ${to}`, label, sort: "Page", icon, run: go(to) }));
}

function useActions(onShowKeys: () => void, go: Go): Command[] {
  const running = usePulse()?.running ?? [];
  const { lost } = useContact();
  const chosen = useTheme();
  const stops = lost ? [] : running.filter(({ status }) => status !== "stopping");
  return [
    ...stops.map((job) => ({ id: `stop ${job.job_id}`, label: `Stop ${job.name}`, sort: "Action", icon: Ban, more: "cancel end", run: () => void stop(job) })),
    { id: "new run", label: "New run", sort: "Action", icon: Play, more: "train start", run: go("/train") },
    ...THEMES.filter(({ choice }) => choice !== chosen).map(({ choice, label, icon }) => ({
      id: `theme ${choice}`, label, sort: "Action", icon, more: "theme colour color mode", run: () => theme.choose(choice),
    })),
    { id: "keys", label: "Show the keys", sort: "Action", icon: Keyboard, more: "shortcuts keyboard help", run: onShowKeys },
  ];
}

function useRuns(typed: string): JobSummary[] {
  const q = useDebounced(typed.trim(), SEARCH_MS);
  const { data: newest } = useQuery(jobsQuery());
  const isMore = newest !== undefined && newest.total > newest.jobs.length;
  const { data: found } = useQuery({ ...jobListQuery({ q, status: [], kind: [], tag: [], sort: "-created", limit: MOST_SHOWN, offset: 0 }), enabled: isMore && q !== "" });
  const runs = [...(newest?.jobs ?? []), ...(found?.jobs ?? [])];
  return [...new Map(runs.map((job) => [job.job_id, job])).values()];
}

function useThings(typed: string, go: Go): Command[] {
  const runs = useRuns(typed);
  const { data: adapters } = useQuery(adaptersQuery);
  const { data: datasets } = useQuery(datasetsQuery);
  const jobsPage = PAGES.find(({ to }) => to === "/jobs");
  return [
    ...runs.map(({ job_id: id, name, kind, status }) => ({
      id: `run ${id}`, label: name, sort: `Run · ${statusLabel(status).toLowerCase()}`, icon: jobsPage?.icon ?? Play, more: `${kind} ${id}`, run: go(`/jobs/${id}`),
    })),
    ...(adapters?.adapters ?? []).map(({ name, base_model: base }) => ({
      id: `adapter ${name}`, label: name, sort: "Adapter", icon: Layers, more: base, run: go(`/adapters/${encodeURIComponent(name)}`),
    })),
    ...(datasets ?? []).map(({ name }) => ({
      id: `dataset ${name}`, label: name, sort: "Dataset", icon: Database, run: go(`/datasets/${encodeURIComponent(name)}`),
    })),
  ];
}

/** Who has typed "stop" and the name has said what is wanted; what was trained is kept for a resume. */
async function stop({ job_id: id, name }: JobSummary): Promise<void> {
  try {
    await actOnJob(id, "cancel");
    pulse.look();
    toast({ title: `${name} is being stopped.`, tone: "info", action: { label: "Open the run", to: `/jobs/${id}` } });
  } catch (error) {
    toast({ title: `${name} could not be stopped.`, description: toProblem(error).message, tone: "error" });
  }
}
