import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** The layers from top to bottom: a file may import from its own layer's neighbours below it, never upwards. */
const LAYERS = ["app", "features", "components", "api", "lib"];

/** Refuses imports from the layers named. */
function notFrom(layers) {
  const patterns = layers.map((layer) => ({
    group: [`@/${layer}/**`, `**/../${layer}/**`],
    message: "Imports point down: app -> features -> components -> api -> lib.",
  }));
  return { "no-restricted-imports": ["error", { patterns }] };
}

const FEATURES = ["home", "datasets", "train", "merge", "jobs", "compare", "adapters", "playground", "evaluate", "evaluations", "generate", "login", "settings"];

/** Features know nothing of each other: what two of them need belongs to `components` or `api`. */
function onlyOwnFeature(feature) {
  const others = FEATURES.filter((other) => other !== feature).map((other) => `features/${other}`);
  return notFrom(["app", ...others]);
}

export default tseslint.config(
  { ignores: ["dist", "test-results", "playwright-report", "src/api/schema.gen.ts"] },
  js.configs.recommended,
  tseslint.configs.strict,
  reactHooks.configs.flat["recommended-latest"],
  {
    rules: {
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  { files: ["**/*.test.{ts,tsx}", "e2e/**"], rules: { "max-lines-per-function": "off" } },
  { files: ["scripts/*.mjs"], languageOptions: { globals: { console: "readonly", process: "readonly" } } },
  { files: ["public/*.js"], languageOptions: { globals: { document: "readonly", localStorage: "readonly", matchMedia: "readonly" } } },
  ...LAYERS.slice(2).map((layer, index) => ({
    files: [`src/${layer}/**`],
    rules: notFrom(LAYERS.slice(0, index + 2)),
  })),
  ...FEATURES.map((feature) => ({ files: [`src/features/${feature}/**`], rules: onlyOwnFeature(feature) })),
);
