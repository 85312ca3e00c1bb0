/** The root: what every page needs around it, and which page stands at which address. */

import { BrowserRouter, Route, Routes } from "react-router";

import { NotFoundPage } from "@/app/NotFoundPage";
import {
  AdapterPage,
  AdaptersPage,
  ComparePage,
  DatasetPage,
  DatasetsPage,
  EstimatesPage,
  EvaluatePage,
  EvaluationsPage,
  GeneratePage,
  HomePage,
  JobPage,
  JobsPage,
  LoginPage,
  MergePage,
  PlaygroundPage,
  RunComparisonPage,
  RunPage,
  SettingsPage,
  TrainPage,
} from "@/app/pages";
import { Providers } from "@/app/Providers";
import { SessionGate } from "@/app/SessionGate";
import { Shell } from "@/app/Shell";

export function App() {
  return (
    <Providers>
      <BrowserRouter basename="/ui">
        <Routes>
          <Route path="login" element={<LoginPage />} />
          <Route element={<SessionGate />}>
            <Route element={<Shell />}>
              <Route index element={<HomePage />} />
              <Route path="datasets" element={<DatasetsPage />} />
              <Route path="datasets/:name" element={<DatasetPage />} />
              <Route path="datasets/:name/:tab" element={<DatasetPage />} />
              <Route path="generate" element={<GeneratePage />} />
              <Route path="train" element={<TrainPage />} />
              <Route path="jobs" element={<JobsPage />} />
              <Route path="jobs/compare" element={<RunComparisonPage />} />
              <Route path="jobs/:id/:part?" element={<JobPage />} />
              <Route path="adapters" element={<AdaptersPage />} />
              <Route path="adapters/:name" element={<AdapterPage />} />
              <Route path="merge" element={<MergePage />} />
              <Route path="playground" element={<PlaygroundPage />} />
              <Route path="estimates" element={<EstimatesPage />} />
              <Route path="evaluate" element={<EvaluatePage />} />
              <Route path="evaluations" element={<EvaluationsPage />} />
              <Route path="evaluations/:run" element={<RunPage />} />
              <Route path="settings/:group?" element={<SettingsPage />} />
              <Route path="compare" element={<ComparePage />} />
              <Route path="*" element={<NotFoundPage />} />
            </Route>
          </Route>
        </Routes>
      </BrowserRouter>
    </Providers>
  );
}
