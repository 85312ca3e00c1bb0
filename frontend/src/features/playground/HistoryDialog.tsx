import { Button, Input, Stack, Text } from "@chakra-ui/react";
import { X } from "lucide-react";
import { useState } from "react";

import { Dialog } from "@/components/Dialog";
import { IconAction } from "@/components/IconAction";
import { Notice } from "@/components/Notice";
import type { Conversation } from "@/features/playground/conversation";
import { type History, MOST_CONVERSATIONS, search } from "@/features/playground/history";
import { HistoryRow } from "@/features/playground/HistoryRow";
import type { Kept } from "@/lib/stored";
import { useStore } from "@/lib/store";

interface HistoryDialogProps {
  history: History;
  /** The conversation on the page. */
  current: string;
  onClose: () => void;
}

/** Earlier conversations: searched, opened, deleted. */
export function HistoryDialog({ history, current, onClose }: HistoryDialogProps) {
  const { conversations, kept } = useStore(history);
  const [text, setText] = useState("");
  const [deleted, setDeleted] = useState<Conversation | null>(null);
  const found = search(conversations, text);
  const remove = (conversation: Conversation) => {
    history.remove(conversation.id);
    setDeleted(conversation);
  };
  const restore = () => {
    if (deleted) history.save(deleted);
    setDeleted(null);
  };
  const footer = (
    <Text textStyle="xs" color="fg.muted" me="auto">
      The newest {MOST_CONVERSATIONS} are kept, in this browser only; nothing of it is sent anywhere.
    </Text>
  );
  return (
    <Dialog title="History" size="lg" aside={<IconAction label="Close" icon={X} onClick={onClose} />} footer={footer} onClose={onClose}>
      <Stack gap="3" minH="min(24rem, 60dvh)">
        <StorageNotice kept={kept} />
        <Input
          autoFocus
          size="sm"
          type="search"
          aria-label="Search the history"
          placeholder="Search questions, answers, models"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {deleted && <DeletedNotice onUndo={restore} />}
        {found.length === 0 && <Text color="fg.muted">{text ? "No conversation matches." : "No conversations yet."}</Text>}
        <Stack as="ul" gap="1" listStyleType="none">
          {found.map((conversation) => (
            <HistoryRow
              key={conversation.id}
              conversation={conversation}
              current={conversation.id === current}
              onOpen={onClose}
              onDelete={() => remove(conversation)}
            />
          ))}
        </Stack>
      </Stack>
    </Dialog>
  );
}

function DeletedNotice({ onUndo }: { onUndo: () => void }) {
  const undo = (
    <Button size="xs" variant="outline" onClick={onUndo}>
      Undo
    </Button>
  );
  return (
    <Notice tone="info" action={undo}>
      <Text>The conversation is deleted.</Text>
    </Notice>
  );
}

/** Nothing while all is well. */
export function StorageNotice({ kept }: { kept: Kept }) {
  if (kept === "kept") return null;
  const words = {
    full: "This browser has no room left for this conversation, so it is gone once the page is closed. Begin a new one, or clear this site's data in the browser.",
    blocked: "This browser lets the page keep nothing, so conversations are gone once it is closed. Private windows and strict privacy settings do that.",
  }[kept];
  return (
    <Notice tone="warning" title="The history is not kept">
      <Text>{words}</Text>
    </Notice>
  );
}
