/** The root: what every page needs around it, and which page stands at which address. */

import { BrowserRouter, Route, Routes } from "react-router";

import { NotFoundPage } from "@/app/NotFoundPage";
import { BASE, LOGIN, PAGES } from "@/app/pages";
import { Providers } from "@/app/Providers";
import { SessionGate } from "@/app/SessionGate";
import { Shell } from "@/app/Shell";

export function App() {
  return (
    <Providers>
      <BrowserRouter basename={BASE}>
        <Routes>
          <Route path={LOGIN.path} element={<LOGIN.Page />} />
          <Route element={<SessionGate />}>
            <Route element={<Shell />}>
              {PAGES.map(({ path, Page }) => (
                <Route key={path} path={path} element={<Page />} />
              ))}
              <Route path="*" element={<NotFoundPage />} />
            </Route>
          </Route>
        </Routes>
      </BrowserRouter>
    </Providers>
  );
}
