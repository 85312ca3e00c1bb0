import { execFileSync } from "node:child_process";

import { defineConfig } from "@playwright/test";

/** The Chromium or Chrome of the system; without one, Playwright's own. */
function chromiumOnPath(): string | undefined {
  try {
    return execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

export default defineConfig({
  testDir: "e2e",
  workers: 1,
  reporter: "list", // with the time of each
  timeout: 600_000,
  expect: { timeout: 30_000 }, // a busy machine loads a page slowly; what never comes costs no more
  forbidOnly: true,
  use: {
    actionTimeout: 30_000, // the same for what never can be pressed: it would cost the whole of the test's time
    navigationTimeout: 60_000,
    // Without the film: drawing every frame without a GPU took a third of a core for as long as the tests ran.
    trace: { mode: "retain-on-failure", screenshots: false },
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: chromiumOnPath(),
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Names of attackers: they lead to this machine, where a test may listen, and never to the network.
        "--host-resolver-rules=MAP *.test 127.0.0.1",
      ],
    },
  },
});
