/**
 * The look: quiet, dense, neutral, one accent for data.
 *
 * Only the recipes that are used are part of it: the whole default theme would cost 17 kB more before the first
 * screen. A component whose recipe is missing here appears without any style.
 */

import { createSystem, defaultBaseConfig, defineConfig } from "@chakra-ui/react";
import {
  animationStyles,
  breakpoints,
  buttonRecipe,
  cssVarsPrefix,
  cssVarsRoot,
  fieldSlotRecipe,
  globalCss,
  headingRecipe,
  inputRecipe,
  keyframes,
  layerStyles,
  nativeSelectSlotRecipe,
  semanticTokens,
  skeletonRecipe,
  spinnerRecipe,
  textareaRecipe,
  textStyles,
  tokens,
} from "@chakra-ui/react/theme";

const slice = defineConfig({
  preflight: true,
  cssVarsPrefix,
  cssVarsRoot,
  globalCss: {
    ...globalCss,
    // Whoever asked the system for less motion gets none: what is in progress says so in words too.
    "*, ::before, ::after": {
      "@media (prefers-reduced-motion: reduce)": { animation: "none !important", transition: "none !important" },
    },
  },
  theme: {
    breakpoints,
    keyframes,
    tokens,
    semanticTokens,
    textStyles,
    layerStyles,
    animationStyles,
    recipes: {
      button: buttonRecipe,
      heading: headingRecipe,
      input: inputRecipe,
      skeleton: skeletonRecipe,
      spinner: spinnerRecipe,
      textarea: textareaRecipe,
    },
    slotRecipes: {
      field: fieldSlotRecipe,
      nativeSelect: nativeSelectSlotRecipe,
    },
  },
});

const SYSTEM_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const SYSTEM_MONO = 'ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';

const light = (token: string, dark: string) => ({ value: { _light: token, _dark: dark } });

/** Chakra's own values of these miss the contrast of WCAG AA (3.3 to 3.7 to 1). */
const CONTRAST = {
  green: { solid: light("{colors.green.700}", "{colors.green.700}") },
  teal: { solid: light("{colors.teal.700}", "{colors.teal.700}") },
  cyan: { solid: light("{colors.cyan.700}", "{colors.cyan.700}") },
  orange: { solid: light("{colors.orange.700}", "{colors.orange.500}") },
  fg: {
    error: light("{colors.red.700}", "{colors.red.400}"),
    success: light("{colors.green.700}", "{colors.green.300}"),
    warning: light("{colors.orange.700}", "{colors.orange.300}"),
    subtle: light("{colors.gray.500}", "{colors.gray.400}"),
  },
};

const look = defineConfig({
  globalCss: {
    body: { bg: "canvas", color: "fg", fontSize: "14px", lineHeight: "1.5", fontVariantNumeric: "tabular-nums" },
  },
  theme: {
    tokens: { fonts: { body: { value: SYSTEM_FONT }, heading: { value: SYSTEM_FONT }, mono: { value: SYSTEM_MONO } } },
    semanticTokens: {
      colors: {
        ...CONTRAST,
        canvas: light("#f7f7f8", "#0d0e10"),
        bg: { panel: light("{colors.white}", "#17181b"), muted: light("#f1f1f3", "#212327") },
        data: {
          train: light("{colors.teal.700}", "{colors.teal.300}"),
          eval: light("{colors.orange.700}", "{colors.orange.300}"),
          rate: light("{colors.blue.600}", "{colors.blue.300}"),
          fourth: light("{colors.purple.600}", "{colors.purple.300}"),
          fifth: light("{colors.pink.600}", "{colors.pink.300}"),
          sixth: light("{colors.gray.600}", "{colors.gray.300}"),
        },
      },
    },
  },
});

export const system = createSystem(defaultBaseConfig, slice, look);
