import { Box, Flex, IconButton, Text, Textarea } from "@chakra-ui/react";
import { ArrowUp, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { isSendKey } from "@/lib/keys";

interface ComposerProps {
  /** Answers are being written: the button stops them. */
  busy: boolean;
  /** Why nothing can be asked now; null when it can. */
  obstacle: string | null;
  /** Text to begin with, such as an example. */
  suggestion: string;
  /** Answers whether the question was put. */
  onSend: (question: string) => Promise<boolean>;
  onStop: () => void;
}

/** Where the next question is written. Enter sends, Shift and Enter begin a new line, Escape stops. */
export function Composer({ busy, obstacle, suggestion, onSend, onStop }: ComposerProps) {
  const [text, setText] = useState(suggestion);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // Not where it would bring up a keyboard over half of the page.
    if (window.matchMedia("(pointer: fine)").matches) field.current?.focus({ preventScroll: true });
  }, []);

  const blocked = busy || obstacle !== null || text.trim() === "";
  const send = async () => {
    if (!blocked && (await onSend(text))) setText("");
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Escape" && busy) onStop();
    if (!isSendKey(event)) return;
    event.preventDefault();
    void send();
  };
  return (
    <Box position="sticky" bottom="var(--bottom-bar, 0px)" zIndex="1" bg="canvas" mt="auto" pt="3" pb={{ base: "3", md: "4" }} mb={{ md: "-6" }}>
      <Flex
        as="form"
        align="flex-end"
        gap="2"
        p="2"
        bg="bg.panel"
        borderWidth="1px"
        borderRadius="xl"
        _focusWithin={{ borderColor: "border.emphasized" }}
        onSubmit={(event: React.SyntheticEvent) => {
          event.preventDefault();
          void send();
        }}
      >
        <Textarea
          ref={field}
          aria-label="Question"
          aria-describedby="composer-hint"
          rows={1}
          autoresize
          maxH="14rem"
          border="none"
          outline="none"
          px="2"
          placeholder="Ask a question"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {busy ? (
          <IconButton type="button" size="sm" borderRadius="full" aria-label="Stop all answers" title="Stop all answers" onClick={onStop}>
            <Square aria-hidden fill="currentColor" />
          </IconButton>
        ) : (
          <IconButton type="submit" size="sm" borderRadius="full" aria-label="Send" title="Send" disabled={blocked}>
            <ArrowUp aria-hidden />
          </IconButton>
        )}
      </Flex>
      <Text id="composer-hint" mt="1.5" px="2" textStyle="xs" color="fg.muted">
        {obstacle ?? "Enter sends, Shift + Enter starts a new line"}
      </Text>
    </Box>
  );
}
