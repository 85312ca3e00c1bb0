import { Box, Heading, Stack, Text } from "@chakra-ui/react";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** What to do about it. */
  hint: ReactNode;
  action?: ReactNode;
  /** In place of a whole page, whose heading it is then. */
  page?: boolean;
}

/** Nothing here yet, and the way to change that. */
export function EmptyState({ icon: Icon, title, hint, action, page = false }: EmptyStateProps) {
  return (
    <Stack align="center" gap="3" py="16" px="6" textAlign="center" bg="bg.panel" borderWidth="1px" borderRadius="lg">
      <Box color="fg.subtle">
        <Icon size={28} strokeWidth={1.5} aria-hidden />
      </Box>
      <Heading as={page ? "h1" : "h2"} textStyle="md">
        {title}
      </Heading>
      <Text color="fg.muted" maxW="44ch">
        {hint}
      </Text>
      {action && <Box mt="2">{action}</Box>}
    </Stack>
  );
}
