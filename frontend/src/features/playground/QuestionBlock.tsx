import { Box, Button, Flex, Text, Textarea } from "@chakra-ui/react";
import { Pencil } from "lucide-react";
import { useState } from "react";

import { CopyButton } from "@/components/CopyButton";
import { IconAction } from "@/components/IconAction";
import { isSendKey } from "@/lib/keys";

interface QuestionBlockProps {
  question: string;
  /** How many questions come after it, which an edit takes out of the conversation. */
  later: number;
  busy: boolean;
  onEdit: (question: string) => Promise<boolean>;
}

/** What was asked, and a way to ask it differently. */
export function QuestionBlock({ question, later, busy, onEdit }: QuestionBlockProps) {
  const [editing, setEditing] = useState(false);
  if (editing) return <QuestionEditor question={question} later={later} busy={busy} onEdit={onEdit} onClose={() => setEditing(false)} />;
  return (
    <Flex align="flex-start" gap="2" mb="3">
      <Box flex="1" minW="0" bg="bg.muted" borderRadius="lg" px="4" py="2.5">
        <Text whiteSpace="pre-wrap" overflowWrap="anywhere">
          {question}
        </Text>
      </Box>
      <Flex pt="1" gap="0.5">
        <CopyButton iconOnly text={question} label="Copy the question" />
        <IconAction label="Edit the question" icon={Pencil} disabled={busy} onClick={() => setEditing(true)} />
      </Flex>
    </Flex>
  );
}

function QuestionEditor({ question, later, busy, onEdit, onClose }: QuestionBlockProps & { onClose: () => void }) {
  const [text, setText] = useState(question);
  const blocked = busy || text.trim() === "";
  const save = async () => {
    if (!blocked && (await onEdit(text))) onClose();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Escape" && text === question) onClose();
    if (!isSendKey(event)) return;
    event.preventDefault();
    void save();
  };
  return (
    <Box mb="3">
      <Textarea
        aria-label="Edited question"
        autoFocus
        autoresize
        maxH="24rem"
        bg="bg.panel"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <Flex align="center" gap="2" mt="2" wrap="wrap">
        <Button size="sm" disabled={blocked} onClick={() => void save()}>
          Ask again
        </Button>
        <Button size="sm" variant="outline" onClick={onClose}>
          Cancel
        </Button>
        <Text textStyle="xs" color="fg.muted">
          {later > 0 && `The conversation goes on from here without the ${later === 1 ? "question" : `${later} questions`} after it. `}
          What was answered before stays in the history.
        </Text>
      </Flex>
    </Box>
  );
}
