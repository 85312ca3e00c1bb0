import { Box, chakra, Flex, Text } from "@chakra-ui/react";
import { Trash2 } from "lucide-react";
import { Link } from "react-router";

import { IconAction } from "@/components/IconAction";
import { type Conversation, titleOf } from "@/features/playground/conversation";
import { searchFor } from "@/features/playground/use-address";
import { formatCounted, formatFullTime, formatTime } from "@/lib/format";

const Entry = chakra(Link, {
  base: { flex: "1", minW: "0", px: "3", py: "2", borderRadius: "md", focusVisibleRing: "inside", _hover: { bg: "bg.muted" } },
});

interface HistoryRowProps {
  conversation: Conversation;
  current: boolean;
  onOpen: () => void;
  onDelete: () => void;
}

export function HistoryRow({ conversation, current, onOpen, onDelete }: HistoryRowProps) {
  const { id, models, turns, changedAt } = conversation;
  return (
    <Flex as="li" align="center" gap="1">
      <Entry to={`/playground?${searchFor(models, id)}`} onClick={onOpen} aria-current={current || undefined}>
        <Text truncate fontWeight={current ? "semibold" : "medium"}>
          {titleOf(conversation)}
        </Text>
        <Flex columnGap="2" wrap={{ base: "wrap", sm: "nowrap" }} textStyle="xs" color="fg.muted" minW="0">
          <Text truncate>{models.join(", ")}</Text>
          <Box whiteSpace="nowrap" title={formatFullTime(changedAt)}>
            {formatCounted(turns.length, "question")} · {formatTime(changedAt)}
            {current && " · open now"}
          </Box>
        </Flex>
      </Entry>
      <IconAction label={`Delete ${titleOf(conversation)}`} icon={Trash2} onClick={onDelete} />
    </Flex>
  );
}
