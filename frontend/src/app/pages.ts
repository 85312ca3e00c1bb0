/** The pages: where each stands, and how it is loaded when first opened. */

import { type ComponentType, lazy } from "react";
import { matchPath } from "react-router";

export const BASE = "/ui";

type Load = () => Promise<{ default: ComponentType }>;

const page = (path: string, load: Load) => ({ path, load, Page: lazy(load) });

export const LOGIN = page("login", () => import("@/features/login/LoginPage"));

/** What stands within the shell. */
export const PAGES = [
  page("", () => import("@/features/home/HomePage")),
  page("datasets", () => import("@/features/datasets/DatasetsPage")),
  page("datasets/:name/:tab?", () => import("@/features/datasets/DatasetPage")),
  page("generate", () => import("@/features/generate/GeneratePage")),
  page("train", () => import("@/features/train/TrainPage")),
  page("jobs", () => import("@/features/jobs/JobsPage")),
  page("jobs/compare", () => import("@/features/compare/RunComparisonPage")),
  page("jobs/:id/:part?", () => import("@/features/jobs/JobPage")),
  page("adapters", () => import("@/features/adapters/AdaptersPage")),
  page("adapters/:name", () => import("@/features/adapters/AdapterPage")),
  page("merge", () => import("@/features/merge/MergePage")),
  page("playground", () => import("@/features/playground/PlaygroundPage")),
  page("estimates", () => import("@/features/estimates/EstimatesPage")),
  page("evaluate", () => import("@/features/evaluate/EvaluatePage")),
  page("evaluations", () => import("@/features/evaluations/EvaluationsPage")),
  page("evaluations/:run", () => import("@/features/evaluations/RunPage")),
  page("settings/:group?", () => import("@/features/settings/SettingsPage")),
  page("compare", () => import("@/features/evaluations/ComparePage")),
];

/** Begins to load the page of an address before it is drawn: while the dashboard starts, while a pointer comes near. */
export function loadAhead(pathname: string): void {
  const found = [LOGIN, ...PAGES].find(({ path }) => matchPath(`${BASE}/${path}`, pathname));
  found?.load().catch(() => undefined); // told where it is drawn
}
