import { Box, Grid, Stack } from "@chakra-ui/react";
import type { ClipboardEvent, KeyboardEvent, ReactNode, SyntheticEvent } from "react";

interface FormLayoutProps {
  onSubmit: (event: SyntheticEvent) => void;
  onPaste?: (event: ClipboardEvent) => void;
  /** The fields. */
  children: ReactNode;
  /** What they mean, in step with every change; it stays in sight. */
  aside: ReactNode;
  /** What the aside tells, for who does not see where it stands. */
  asideLabel: string;
  /** Outside of the grid, or what sticks to the top would lie over it. */
  below?: ReactNode;
}

/** The form of a job on the left; what it means on the right. */
export function FormLayout({ onSubmit, onPaste, children, aside, asideLabel, below }: FormLayoutProps) {
  return (
    <form noValidate onSubmit={onSubmit} onPaste={onPaste} onKeyDown={submitOnModEnter}>
      <Grid templateColumns={{ base: "minmax(0, 1fr)", lg: "minmax(0, 1fr) 380px" }} gap="5" alignItems="start">
        <Stack gap="4" minW="0">
          {children}
        </Stack>
        <Box
          as="aside"
          aria-label={asideLabel}
          position={{ lg: "sticky" }}
          top="6"
          maxH={{ lg: "calc(100dvh - 48px)" }}
          overflowY={{ lg: "auto" }}
          minW="0"
        >
          <Stack gap="4">{aside}</Stack>
        </Box>
      </Grid>
      {below}
    </form>
  );
}

/** Ctrl or ⌘ with Enter sends the form from wherever one types. */
function submitOnModEnter(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}
