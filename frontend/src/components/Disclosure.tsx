import { Box, chakra, Text } from "@chakra-ui/react";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useId, useState } from "react";

interface DisclosureProps {
  title: string;
  note?: string;
  /** Opens it by itself, until somebody folds it by hand. */
  openedBy?: boolean;
  /** Keeps it open, whatever the hand did. */
  heldOpen?: boolean;
  /** Out of sight, as a whole. */
  hidden?: boolean;
  children: ReactNode;
}

const Toggle = chakra("button", {
  base: {
    display: "flex",
    alignItems: "center",
    gap: "2",
    w: "full",
    px: { base: "4", md: "5" },
    py: "4",
    borderRadius: "lg",
    textStyle: "sm",
    fontWeight: "semibold",
    cursor: "pointer",
    focusVisibleRing: "inside",
    "& svg": { transition: "transform 0.15s", color: "fg.muted" },
    "&[aria-expanded=true] svg": { transform: "rotate(90deg)" },
  },
});

/** A card that folds; what is folded keeps its state. */
export function Disclosure({ title, note, openedBy = false, heldOpen = false, hidden = false, children }: DisclosureProps) {
  const id = useId();
  const [byHand, setByHand] = useState<boolean | null>(null);
  // Once open it stays so: whoever types in it would lose the field when the reason goes with the last letter.
  const [opened, setOpened] = useState(false);
  if ((openedBy || heldOpen) && !opened) setOpened(true);
  const open = heldOpen || (byHand ?? opened);
  return (
    <Box bg="bg.panel" borderWidth="1px" borderRadius="lg" hidden={hidden}>
      <Toggle type="button" aria-expanded={open} aria-controls={id} onClick={() => setByHand(!open)}>
        <ChevronRight size={16} aria-hidden />
        {title}
        {note && (
          <Text as="span" color="fg.muted" fontWeight="normal">
            {note}
          </Text>
        )}
      </Toggle>
      <Box id={id} hidden={!open} px={{ base: "4", md: "5" }} pb="5">
        {children}
      </Box>
    </Box>
  );
}
