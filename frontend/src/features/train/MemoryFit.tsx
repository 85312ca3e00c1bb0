import { Box, Flex, Stack, Text } from "@chakra-ui/react";
import { CircleCheck, type LucideIcon, OctagonX, TriangleAlert } from "lucide-react";

import type { Estimate } from "@/api/types";
import { type PartWords, StackedBar } from "@/components/StackedBar";
import { type Fit, fitOf } from "@/features/train/fit";
import { formatBytes } from "@/lib/format";

const PARTS: Record<keyof Estimate["memory"]["parts"], PartWords> = {
  weights: { name: "Weights", meaning: "The base model, as it is kept on the device: it is read, never changed." },
  adapter: { name: "Adapter", meaning: "The small matrices that are trained." },
  optimizer: { name: "Optimiser", meaning: "What is kept of every trained number: its gradient and two running means." },
  activations: { name: "Activations", meaning: "What the layers keep of a batch until its gradients are computed." },
  logits: { name: "Logits", meaning: "A score for each entry of the vocabulary, at the places of a batch where the loss is computed." },
  runtime: { name: "Runtime", meaning: "Libraries, kernels and what the allocator holds back." },
};

const VERDICTS: Record<Fit, { words: string; color: string; icon: LucideIcon }> = {
  fits: { words: "Fits", color: "fg.success", icon: CircleCheck },
  tight: { words: "Tight", color: "fg.warning", icon: TriangleAlert },
  exceeds: { words: "Does not fit", color: "fg.error", icon: OctagonX },
};

/** Memory by its parts against what is free: never a colour alone, always a sign and a word. */
export function MemoryFit({ memory }: Pick<Estimate, "memory">) {
  const { total_bytes: total, available_bytes: available, parts } = memory;
  const sentence = available === null ? formatBytes(total) : `${formatBytes(total)} of ${formatBytes(available)} free`;
  return (
    <Stack gap="2">
      <Flex justify="space-between" gap="2" wrap="wrap" textStyle="xs">
        <Text color="fg.muted">Memory</Text>
        <Flex gap="3">
          {available !== null && <Verdict fit={fitOf(total, available)} />}
          <Text fontWeight="medium">{sentence}</Text>
        </Flex>
      </Flex>
      <StackedBar label={`Memory: ${sentence}`} parts={parts} words={PARTS} capacity={available ?? total} format={formatBytes} />
    </Stack>
  );
}

function Verdict({ fit }: { fit: Fit }) {
  const { words, color, icon: Icon } = VERDICTS[fit];
  return (
    <Flex color={color} align="center" gap="1" fontWeight="medium">
      <Box asChild flexShrink="0">
        <Icon size={14} aria-hidden />
      </Box>
      {words}
    </Flex>
  );
}
