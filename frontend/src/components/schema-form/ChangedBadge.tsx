import { chakra } from "@chakra-ui/react";
import { Undo2 } from "lucide-react";

const Badge = chakra("button", {
  base: {
    display: "inline-flex",
    alignItems: "center",
    gap: "1",
    minH: "6",
    px: "1.5",
    borderRadius: "sm",
    bg: "teal.subtle",
    color: "teal.fg",
    fontSize: "xs",
    cursor: "pointer",
    focusVisibleRing: "outside",
    _hover: { bg: "teal.muted" },
  },
});

/** Says that a field differs from its default, and puts it back. */
export function ChangedBadge({ label, onReset }: { label: string; onReset: () => void }) {
  return (
    <Badge type="button" onClick={onReset} title="Back to the default" aria-label={`${label} is changed: back to the default`}>
      changed <Undo2 size={12} aria-hidden />
    </Badge>
  );
}
