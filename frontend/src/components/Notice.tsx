import { Box, Flex, Text } from "@chakra-ui/react";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const TONES = {
  info: { palette: "blue", icon: Info },
  warning: { palette: "orange", icon: TriangleAlert },
  error: { palette: "red", icon: CircleAlert },
};

interface NoticeProps {
  tone: keyof typeof TONES;
  title?: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** A message that stays in its place: never a colour alone, always an icon and a sentence. */
export function Notice({ tone, title, children, action }: NoticeProps) {
  const { palette, icon: Icon } = TONES[tone];
  return (
    <Flex
      role={tone === "error" ? "alert" : "status"}
      colorPalette={palette}
      gap="3"
      px="4"
      py="3"
      bg="colorPalette.subtle"
      borderRadius="lg"
      align="flex-start"
    >
      <Box color="colorPalette.fg" pt="0.5">
        <Icon size={16} aria-hidden />
      </Box>
      <Box flex="1" minW="0">
        {title && <Text fontWeight="medium">{title}</Text>}
        {children}
      </Box>
      {action}
    </Flex>
  );
}
