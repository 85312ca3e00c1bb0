import { Flex, Text } from "@chakra-ui/react";
import { ChevronLeft, ChevronRight } from "lucide-react";

import { IconAction } from "@/components/IconAction";
import { formatCount, formatCounted } from "@/lib/format";

interface PagerProps {
  offset: number;
  /** Of a page. */
  size: number;
  total: number;
  noun: string;
  onGo: (offset: number) => void;
}

/** Which part of a long list is shown, and the way to the others. */
export function Pager({ offset, size, total, noun, onGo }: PagerProps) {
  if (total === 0) return null;
  const last = Math.min(total, offset + size);
  return (
    <Flex as="nav" aria-label={`Pages of ${noun}s`} align="center" justify="space-between" gap="3" color="fg.muted" textStyle="xs">
      <Text role="status">
        {total <= size ? formatCounted(total, noun) : `${formatCount(offset + 1)} to ${formatCount(last)} of ${formatCounted(total, noun)}`}
      </Text>
      {total > size && (
        <Flex gap="1">
          <IconAction label="Previous page" icon={ChevronLeft} disabled={offset === 0} onClick={() => onGo(Math.max(0, offset - size))} />
          <IconAction label="Next page" icon={ChevronRight} disabled={last >= total} onClick={() => onGo(offset + size)} />
        </Flex>
      )}
    </Flex>
  );
}
