import { Box, Button, chakra, Flex, Stack, Text } from "@chakra-ui/react";
import { CircleCheck, type LucideIcon, OctagonX, Shrink, TriangleAlert } from "lucide-react";

import type { Estimate } from "@/api/types";
import { ChangeMark } from "@/components/ChangeMark";
import type { FieldSpec } from "@/components/schema-form/form-spec";
import { type PartWords, StackedBar } from "@/components/StackedBar";
import { type Fit, fitOf, memoryWords } from "@/features/train/fit";
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

interface MemoryFitProps {
  memory: Estimate["memory"];
  /** The form's, to name what moves a part. */
  fields: FieldSpec[];
  onGo?: ((field: string) => void) | undefined;
  onFit?: (() => void) | undefined;
}

/** Memory by its parts against what is free: never a colour alone, always a sign and a word. */
export function MemoryFit({ memory, fields, onGo, onFit }: MemoryFitProps) {
  const { total_bytes: total, available_bytes: available, parts } = memory;
  const sentence = memoryWords(memory);
  const fit = available === null ? null : fitOf(total, available);
  const about = (part: string) => <Movers fields={fields.filter(({ name }) => memory.moved_by[part]?.includes(name))} onGo={onGo} />;
  return (
    <Stack gap="2">
      <Flex justify="space-between" gap="2" wrap="wrap" textStyle="xs">
        <Text color="fg.muted">Memory</Text>
        <Flex gap="3" align="center">
          <ChangeMark value={total} format={formatBytes} />
          {fit && <Verdict fit={fit} />}
          <Text fontWeight="medium">{sentence}</Text>
        </Flex>
      </Flex>
      <StackedBar label={`Memory: ${sentence}`} parts={parts} words={PARTS} capacity={available ?? total} format={formatBytes} about={fields.length > 0 ? about : undefined} />
      {onFit && fit && fit !== "fits" && (
        <Button size="sm" variant="outline" alignSelf="start" onClick={onFit}>
          <Shrink aria-hidden />
          Make it fit
        </Button>
      )}
    </Stack>
  );
}

/** The settings that move a part, each leading to its field. */
function Movers({ fields, onGo }: { fields: FieldSpec[]; onGo: ((field: string) => void) | undefined }) {
  return (
    <>
      Moved by{" "}
      {fields.map(({ name, label }, index) => (
        <span key={name}>
          {index > 0 && ", "}
          <chakra.button type="button" color="fg" minH="6" textDecoration="underline" textUnderlineOffset="3px" cursor="pointer" borderRadius="2px" focusVisibleRing="outside" onClick={() => onGo?.(name)}>
            {label}
          </chakra.button>
        </span>
      ))}
      {fields.length === 0 && "nothing that can be set here"}
    </>
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
