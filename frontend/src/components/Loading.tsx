import { Heading, Skeleton, Stack } from "@chakra-ui/react";

interface LoadingProps {
  heights: string[];
  label: string;
  /** In place of a whole page: it is this page's heading too, for who cannot see the boxes. */
  page?: boolean;
}

/** Grey boxes of the height that the content will have, so that nothing jumps when it comes. */
export function Loading({ heights, label, page = false }: LoadingProps) {
  return (
    <Stack gap="4" role="status" aria-label={label}>
      {page && <Heading as="h1" srOnly>{label}</Heading>}
      {heights.map((height, index) => (
        <Skeleton key={index} h={height} borderRadius="lg" />
      ))}
    </Stack>
  );
}
