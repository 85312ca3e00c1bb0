import { Box, Flex, Text } from "@chakra-ui/react";
import { Circle, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";

interface GuideStepProps {
  title: string;
  /** How it stands, in a sentence. */
  state: string;
  done: boolean;
  action: ReactNode;
}

/** One step of the guide: whether it is done is told by shape, word and colour. */
export function GuideStep({ title, state, done, action }: GuideStepProps) {
  const Mark = done ? CircleCheck : Circle;
  return (
    <Flex as="li" gap="3" py="2.5" align="center" _notFirst={{ borderTopWidth: "1px" }}>
      <Box color={done ? "fg.success" : "fg.subtle"} alignSelf="flex-start" pt="0.5">
        <Mark size={18} aria-hidden />
      </Box>
      <Box flex="1" minW="0">
        <Text fontWeight="medium">
          {title}
          {done && (
            <Box as="span" srOnly>
              , done
            </Box>
          )}
        </Text>
        <Text color="fg.muted" overflowWrap="anywhere">
          {state}
        </Text>
      </Box>
      {action && <Box flexShrink="0">{action}</Box>}
    </Flex>
  );
}
