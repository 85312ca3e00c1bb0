import { relative } from "node:path";
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Notes which modules each file is made of and how long they are: `npm run size` names the largest of what is too large. */
function modulesOfChunks(): Plugin {
  return {
    name: "modules-of-chunks",
    apply: "build",
    generateBundle(_, bundle) {
      const lengths = Object.values(bundle).flatMap((chunk) => {
        if (chunk.type !== "chunk") return [];
        const modules = Object.entries(chunk.modules).map(([id, { renderedLength }]) => [relative(import.meta.dirname, id), renderedLength]);
        return [[chunk.fileName, Object.fromEntries(modules) as Record<string, number>]];
      });
      this.emitFile({ type: "asset", fileName: ".vite/modules.json", source: JSON.stringify(Object.fromEntries(lengths)) });
    },
  };
}

export default defineConfig({
  base: "/ui/",
  plugins: [react(), modulesOfChunks()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { host: "127.0.0.1", port: 3000, strictPort: true },
  build: { manifest: true },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    testTimeout: 20_000,
    // One window and one copy of the libraries for all files: making them anew for each took longer than the tests (220 s of 480).
    isolate: false,
    pool: "threads",
  },
});
