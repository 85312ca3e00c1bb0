import { Box, Stack, Text } from "@chakra-ui/react";
import { useId } from "react";

import type { PairVerdict } from "@/api/evaluation-types";
import { ITEM_STATUSES } from "@/features/evaluations/words";

/** What the judge said with one answer first, and what with the other first. */
export function OrdersPanel({ pair }: { pair: PairVerdict }) {
  const id = useId();
  return (
    <Box as="section" aria-labelledby={id}>
      <Text as="h3" id={id} textStyle="xs" fontWeight="medium" color="fg.muted" mb="1">
        {pair.candidate} against {pair.baseline} ·{" "}
        <Text as="span" color="fg">
          {outcomeOf(pair)}
        </Text>
      </Text>
      <Stack as="ul" gap="2" listStyleType="none">
        {pair.slots.map(({ judge, repeat, first, winner, rationale, error_class: kind }) => (
          <Box as="li" key={`${judge} ${repeat} ${first}`} borderWidth="1px" borderRadius="md" px="3" py="2">
            <Text>
              {first} shown first:{" "}
              <Text as="span" fontWeight="medium">
                {winner === null ? `no verdict${kind ? ` (${kind.replaceAll("_", " ")})` : ""}` : winner === "tie" ? "a tie" : `${winner} wins`}
              </Text>
              <Text as="span" color="fg.muted" textStyle="xs">
                {" "}
                · {judge}
              </Text>
            </Text>
            {rationale && (
              <Text color="fg.muted" overflowWrap="anywhere" whiteSpace="pre-wrap">
                {rationale}
              </Text>
            )}
          </Box>
        ))}
      </Stack>
    </Box>
  );
}

function outcomeOf({ status, verdict, consistent, candidate, baseline }: PairVerdict): string {
  if (verdict === null) return ITEM_STATUSES[status];
  if (consistent === false) return "a tie, since the two orders disagree";
  return { win: `${candidate} wins`, loss: `${baseline} wins`, tie: "a tie" }[verdict];
}
