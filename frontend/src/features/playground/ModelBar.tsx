import { Flex, NativeSelect, Text } from "@chakra-ui/react";
import { TriangleAlert, X } from "lucide-react";

import type { ModelEntry } from "@/api/types";
import { IconAction } from "@/components/IconAction";
import { ModelOptions } from "@/components/ModelOptions";
import { MOST_MODELS } from "@/features/playground/conversation";

interface ModelBarProps {
  chosen: string[];
  /** Undefined while the list is not known. */
  known: ModelEntry[] | undefined;
  onChoose: (models: string[]) => void;
}

/** Who is asked: one name per column, and a list to take more from. */
export function ModelBar({ chosen, known, onChoose }: ModelBarProps) {
  return (
    <Flex as="section" aria-label="Models" align="center" gap="2" wrap="wrap" mb="4">
      <Flex as="ul" listStyleType="none" gap="2" wrap="wrap" minW="0">
        {chosen.map((id) => (
          <Chip key={id} id={id} known={known} onRemove={() => onChoose(chosen.filter((other) => other !== id))} />
        ))}
      </Flex>
      {chosen.length < MOST_MODELS && <AddModel chosen={chosen} known={known ?? []} onAdd={(id) => onChoose([...chosen, id])} />}
      {chosen.length === MOST_MODELS && (
        <Text textStyle="xs" color="fg.muted">
          {MOST_MODELS} at most
        </Text>
      )}
    </Flex>
  );
}

function Chip({ id, known, onRemove }: { id: string; known: ModelEntry[] | undefined; onRemove: () => void }) {
  const entry = known?.find((model) => model.id === id);
  const gone = known !== undefined && !entry;
  return (
    <Flex as="li" align="center" gap="1.5" ps="2.5" pe="1" minH="8" bg="bg.panel" borderWidth="1px" borderRadius="md" minW="0">
      {gone && <TriangleAlert size={14} aria-hidden color="var(--chakra-colors-fg-warning)" />}
      <Text fontWeight="medium" truncate maxW="16rem" title={id}>
        {id}
      </Text>
      <Text textStyle="xs" color={gone ? "fg.warning" : "fg.muted"} whiteSpace="nowrap">
        {gone ? "not there any more" : entry?.owned_by}
      </Text>
      <IconAction label={`Remove ${id}`} icon={X} small onClick={onRemove} />
    </Flex>
  );
}

interface AddModelProps {
  chosen: string[];
  known: ModelEntry[];
  onAdd: (id: string) => void;
}

function AddModel({ chosen, known, onAdd }: AddModelProps) {
  const left = known.filter(({ id }) => !chosen.includes(id));
  const words = chosen.length === 0 ? "Choose a model…" : "Compare with…";
  return (
    <NativeSelect.Root size="sm" w="auto" minW="10rem" disabled={left.length === 0}>
      <NativeSelect.Field
        aria-label="Add a model"
        bg="bg.panel"
        value=""
        onChange={(event) => event.target.value && onAdd(event.target.value)}
      >
        <option value="">{left.length === 0 && chosen.length > 0 ? "No other model" : words}</option>
        <ModelOptions models={left} />
      </NativeSelect.Field>
      <NativeSelect.Indicator />
    </NativeSelect.Root>
  );
}
