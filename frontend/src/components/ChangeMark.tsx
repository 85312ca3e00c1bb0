import { Text } from "@chakra-ui/react";

import { useChange } from "@/lib/use-change";

interface ChangeMarkProps {
  value: number | null | undefined;
  format: (amount: number) => string;
}

/** "+1.3 GB" beside a figure that has just changed, for a few seconds. */
export function ChangeMark({ value, format }: ChangeMarkProps) {
  const change = useChange(value);
  const words = change === null ? "" : format(Math.abs(change));
  if (change === null || words === format(0)) return null;
  return (
    <Text as="span" textStyle="xs" fontWeight="medium" color={change > 0 ? "fg.warning" : "fg.success"} whiteSpace="nowrap">
      {change > 0 ? "+" : "−"}
      {words}
    </Text>
  );
}
