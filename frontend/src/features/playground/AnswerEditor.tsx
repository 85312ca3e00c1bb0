import { Button, Flex, Text, Textarea } from "@chakra-ui/react";
import { useState } from "react";

interface AnswerEditorProps {
  text: string;
  onSave: (text: string) => void;
  onClose: () => void;
}

/** The answer as it should have been: the conversation goes on from it, and a dataset may want it. */
export function AnswerEditor({ text: before, onSave, onClose }: AnswerEditorProps) {
  const [text, setText] = useState(before);
  return (
    <>
      <Textarea
        aria-label="Edited answer"
        autoFocus
        autoresize
        maxH="28rem"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && text === before && onClose()}
      />
      <Flex align="center" gap="2" my="2" wrap="wrap">
        <Button size="xs" disabled={text.trim() === "" || text === before} onClick={() => onSave(text)}>
          Save
        </Button>
        <Button size="xs" variant="outline" onClick={onClose}>
          Cancel
        </Button>
        <Text textStyle="xs" color="fg.muted">
          The conversation goes on from your words.
        </Text>
      </Flex>
    </>
  );
}
