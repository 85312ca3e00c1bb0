import { Skeleton, Stack } from "@chakra-ui/react";

/** Grey boxes of the height that the content will have, so that nothing jumps when it comes. */
export function Loading({ heights, label }: { heights: string[]; label: string }) {
  return (
    <Stack gap="4" role="status" aria-label={label}>
      {heights.map((height, index) => (
        <Skeleton key={index} h={height} borderRadius="lg" />
      ))}
    </Stack>
  );
}
