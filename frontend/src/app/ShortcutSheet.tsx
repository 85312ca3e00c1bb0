import { Box, chakra, Flex, Text } from "@chakra-ui/react";
import { X } from "lucide-react";

import { Dialog } from "@/components/Dialog";
import { IconAction } from "@/components/IconAction";
import { letterKeys, usePreference } from "@/lib/preferences";
import { useShortcuts } from "@/lib/shortcuts";

const Key = chakra("kbd", {
  base: { px: "1.5", minW: "6", textAlign: "center", borderWidth: "1px", borderRadius: "sm", bg: "bg.muted", fontFamily: "mono", fontSize: "xs", lineHeight: "1.6" },
});

/** Every key that does something on this page. */
export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const shortcuts = useShortcuts();
  const lettersWork = usePreference(letterKeys);
  return (
    <Dialog title="Keys" aside={<IconAction label="Close" icon={X} onClick={onClose} />} onClose={onClose}>
      <Box as="dl" display="grid" gridTemplateColumns="max-content 1fr" columnGap="5" rowGap="2">
        {shortcuts.map(({ keys, words }) => (
          <Line key={keys} keys={keys} words={words} />
        ))}
      </Box>
      <Text mt="4" textStyle="xs" color="fg.muted">
        {lettersWork
          ? "Keys without Ctrl or ⌘ rest while you type, and can be switched off in the settings."
          : "Keys without Ctrl or ⌘ are switched off in the settings."}
      </Text>
    </Dialog>
  );
}

function Line({ keys, words }: { keys: string; words: string }) {
  return (
    <>
      <Flex as="dt" gap="1" alignItems="flex-start">
        {namesOf(keys).map((name, at) => (
          <Key key={at}>{name}</Key>
        ))}
      </Flex>
      <dd>{words}</dd>
    </>
  );
}

const IS_APPLE = /Mac|iP(hone|ad)/.test(navigator.userAgent);

/** "mod+k" -> ["Ctrl", "K"]; "g j" -> ["G", "J"]. */
function namesOf(keys: string): string[] {
  return keys.split(/[ +]/).map((name) => (name === "mod" ? (IS_APPLE ? "⌘" : "Ctrl") : name.length === 1 ? name.toUpperCase() : name));
}
