import { Box, Flex, Portal } from "@chakra-ui/react";
import { CircleCheck, X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { IconAction } from "@/components/IconAction";

const SECONDS = 12;

/** A message that something was done. It leaves by itself, but not while somebody reads or uses it. */
export function Toast({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(onClose, SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [held, onClose]);
  return (
    <Portal>
      <Flex
        role="status"
        position="fixed"
        right="4"
        top={{ base: "14", md: "4" }}
        zIndex="toast"
        maxW="min(26rem, calc(100vw - 2rem))"
        align="flex-start"
        gap="3"
        px="4"
        py="3"
        bg="bg.panel"
        borderWidth="1px"
        borderRadius="lg"
        boxShadow="lg"
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
      >
        <Box color="fg.success" pt="1">
          <CircleCheck size={16} aria-hidden />
        </Box>
        <Box flex="1" minW="0" pt="0.5">
          {children}
        </Box>
        <IconAction label="Close the message" icon={X} onClick={onClose} />
      </Flex>
    </Portal>
  );
}
