import { Box, Button, Flex, Portal, Text } from "@chakra-ui/react";
import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert, X } from "lucide-react";
import { useEffect, useState } from "react";

import { IconAction } from "@/components/IconAction";
import { RouterLink } from "@/components/RouterLink";
import { type ShownToast, toasts } from "@/components/toasts";
import { useStore } from "@/lib/store";

const SECONDS = 12;

const LOOKS: Record<ShownToast["tone"], { color: string; icon: LucideIcon }> = {
  success: { color: "fg.success", icon: CircleCheck },
  info: { color: "blue.fg", icon: Info },
  warning: { color: "fg.warning", icon: TriangleAlert },
  error: { color: "fg.error", icon: CircleAlert },
};

/** The messages on top of every page, the latest last; whoever cannot see them is told too. */
export function ToastStack() {
  const shown = useStore(toasts);
  return (
    <Portal>
      <Flex
        role="status"
        aria-label="Messages"
        direction="column"
        gap="2"
        position="fixed"
        right="4"
        top="4"
        zIndex="toast"
        w="min(25rem, calc(100vw - 2rem))"
        pointerEvents="none"
      >
        {shown.map((message) => (
          <Toast key={message.key} message={message} />
        ))}
      </Flex>
    </Portal>
  );
}

/** One message. It leaves by itself, but not while somebody reads or uses it. */
function Toast({ message }: { message: ShownToast }) {
  const { key, title, description, tone } = message;
  const { color, icon: Icon } = LOOKS[tone];
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => toasts.close(key), SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [held, key]);
  return (
    <Flex
      pointerEvents="auto"
      align="flex-start"
      gap="3"
      ps="4"
      pe="2"
      py="2.5"
      bg="bg.panel"
      borderWidth="1px"
      borderRadius="lg"
      boxShadow="lg"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Box color={color} pt="1">
        <Icon size={16} aria-hidden />
      </Box>
      <Box flex="1" minW="0" pt="0.5" overflowWrap="anywhere">
        <Text fontWeight={description ? "medium" : undefined}>{title}</Text>
        {description && <Text color="fg.muted">{description}</Text>}
        <Action message={message} />
      </Box>
      <IconAction label="Close the message" icon={X} onClick={() => toasts.close(key)} />
    </Flex>
  );
}

function Action({ message: { key, action } }: { message: ShownToast }) {
  if (!action) return null;
  const close = () => toasts.close(key);
  if ("to" in action) {
    return (
      <RouterLink to={action.to} display="inline-block" py="0.5" textDecoration="underline" onClick={close}>
        {action.label}
      </RouterLink>
    );
  }
  const act = () => {
    close();
    action.onSelect();
  };
  return (
    <Button size="xs" variant="outline" mt="1.5" onClick={act}>
      {action.label}
    </Button>
  );
}
