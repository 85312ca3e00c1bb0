/** The pages, each loaded when first opened. */

import { lazy } from "react";

export const HomePage = lazy(() => import("@/features/home/HomePage"));
export const DatasetsPage = lazy(() => import("@/features/datasets/DatasetsPage"));
export const DatasetPage = lazy(() => import("@/features/datasets/DatasetPage"));
export const GeneratePage = lazy(() => import("@/features/generate/GeneratePage"));
export const TrainPage = lazy(() => import("@/features/train/TrainPage"));
export const JobsPage = lazy(() => import("@/features/jobs/JobsPage"));
export const RunComparisonPage = lazy(() => import("@/features/compare/RunComparisonPage"));
export const JobPage = lazy(() => import("@/features/jobs/JobPage"));
export const AdaptersPage = lazy(() => import("@/features/adapters/AdaptersPage"));
export const AdapterPage = lazy(() => import("@/features/adapters/AdapterPage"));
export const SettingsPage = lazy(() => import("@/features/settings/SettingsPage"));
export const LoginPage = lazy(() => import("@/features/login/LoginPage"));
export const MergePage = lazy(() => import("@/features/merge/MergePage"));
export const PlaygroundPage = lazy(() => import("@/features/playground/PlaygroundPage"));
export const EstimatesPage = lazy(() => import("@/features/estimates/EstimatesPage"));
export const EvaluatePage = lazy(() => import("@/features/evaluate/EvaluatePage"));
export const EvaluationsPage = lazy(() => import("@/features/evaluations/EvaluationsPage"));
export const RunPage = lazy(() => import("@/features/evaluations/RunPage"));
export const ComparePage = lazy(() => import("@/features/evaluations/ComparePage"));
