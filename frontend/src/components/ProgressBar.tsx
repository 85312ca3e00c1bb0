import { Box } from "@chakra-ui/react";

interface ProgressBarProps {
  percent: number;
  label: string;
  /** Nothing is being done any more: the bar steps back. */
  quiet?: boolean;
  height?: string;
}

export function ProgressBar({ percent, label, quiet = false, height = "6px" }: ProgressBarProps) {
  return (
    <Box
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      h={height}
      w="full"
      minW="12"
      bg="bg.emphasized"
      borderRadius="full"
      overflow="hidden"
    >
      <Box
        h="full"
        borderRadius="full"
        bg={quiet ? "fg.subtle" : "data.train"}
        transition="width 0.4s"
        style={{ width: `${Math.min(100, percent)}%` }}
      />
    </Box>
  );
}
