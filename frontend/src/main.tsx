import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/App";
import { reloadForMissingChunks } from "@/app/new-version";
import { loadAhead } from "@/app/pages";

reloadForMissingChunks();
loadAhead(window.location.pathname);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
