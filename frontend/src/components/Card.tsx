import { Box, Flex, Heading, type BoxProps } from "@chakra-ui/react";
import { type ReactNode, useId } from "react";

interface CardProps extends Omit<BoxProps, "title"> {
  title?: ReactNode;
  /** Stands at the right end of the title's line. */
  aside?: ReactNode;
}

/** A titled panel: the one kind of box that pages are made of. */
export function Card({ title, aside, children, ...box }: CardProps) {
  const id = useId();
  return (
    <Box
      as="section"
      aria-labelledby={title ? id : undefined}
      bg="bg.panel"
      borderWidth="1px"
      borderRadius="lg"
      p={{ base: "4", md: "5" }}
      minW="0"
      {...box}
    >
      {title && (
        <Flex align="center" justify="space-between" gap="3" mb="4" minH="6" wrap="wrap">
          <Heading as="h2" id={id} textStyle="sm" fontWeight="semibold">
            {title}
          </Heading>
          {aside}
        </Flex>
      )}
      {children}
    </Box>
  );
}
