import { Button, IconButton } from "@chakra-ui/react";
import { Check, Copy, X } from "lucide-react";
import { useEffect, useState } from "react";

import { copyText } from "@/lib/clipboard";

interface CopyButtonProps {
  /** Or what makes it, when it is long. */
  text: string | (() => string);
  label?: string;
  /** Without words, where there is no room for them. */
  iconOnly?: boolean;
}

const ICONS = { idle: Copy, copied: Check, failed: X };

/** Copies a text, and says so for two seconds. */
export function CopyButton({ text, label = "Copy", iconOnly = false }: CopyButtonProps) {
  const [state, setState] = useState<keyof typeof ICONS>("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => setState((await copyText(typeof text === "string" ? text : text())) ? "copied" : "failed");
  const words = { idle: label, copied: "Copied", failed: "The browser refused" }[state];
  const Icon = ICONS[state];
  if (iconOnly) {
    return (
      <IconButton size="xs" variant="ghost" aria-label={words} title={words} onClick={() => void copy()}>
        <Icon aria-hidden />
      </IconButton>
    );
  }
  return (
    <Button size="xs" variant="ghost" onClick={() => void copy()}>
      <Icon aria-hidden />
      <span aria-live="polite">{words}</span>
    </Button>
  );
}
