import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { MemoryRouter, Route, Routes } from "react-router";

import { Providers } from "@/app/Providers";
import { ToastStack } from "@/components/ToastStack";

/** A page with everything around it but the shell, of which it has the messages; a job's page is only a sign that somebody got there. */
export function renderPage(page: ReactElement, address = "/") {
  return render(
    <Providers>
      <MemoryRouter initialEntries={[address]}>
        <Routes>
          <Route path="/jobs/:id" element={<p>arrived at a job</p>} />
          <Route path="*" element={page} />
        </Routes>
        <ToastStack />
      </MemoryRouter>
    </Providers>,
  );
}
