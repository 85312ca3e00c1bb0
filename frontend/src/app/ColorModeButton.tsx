import { IconButton } from "@chakra-ui/react";
import { Moon, Sun } from "lucide-react";

import { theme, useColorMode } from "@/lib/color-mode";

export function ColorModeButton() {
  const mode = useColorMode();
  const other = mode === "dark" ? "light" : "dark";
  return (
    <IconButton size="xs" variant="ghost" aria-label={`Switch to ${other} mode`} onClick={() => theme.choose(other)}>
      {mode === "dark" ? <Sun aria-hidden /> : <Moon aria-hidden />}
    </IconButton>
  );
}
