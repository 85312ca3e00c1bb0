import { startTransition, StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/App";
import { reloadForMissingChunks } from "@/app/new-version";

reloadForMissingChunks();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
// In pieces, as every later page: in one the first drawing held the browser up for 170 ms.
startTransition(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
