import { Box, chakra, Field, Flex, Input, NativeSelect, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";

import { adaptersQuery } from "@/api/adapters";
import type { Adapter } from "@/api/types";
import { IconAction } from "@/components/IconAction";
import { Slider } from "@/components/Slider";
import type { ControlProps } from "@/components/schema-form/controls";
import { add, type Chosen, choices, choiceText, parseChoice, remove, reweigh, weightOf } from "@/features/merge/choice";
import { formatCounted } from "@/lib/format";

const MOST = 16;
/** What the slider reaches; the field beside it takes any number. */
const [LEAST_WEIGHT, MOST_WEIGHT, STEP] = [-1, 2, 0.05];
const MARKS = ["−1", "0", "1", "2"];

/** Which adapters, and how much of each. */
export function AdaptersControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  const { data } = useQuery(adaptersQuery);
  const adapters = data?.adapters ?? [];
  const chosen = parseChoice(String(value));
  const change = (next: Chosen[]) => onChange(choiceText(next));
  return (
    <Stack w="full" gap="3">
      {chosen.length > 0 && (
        <Stack as="ul" listStyleType="none" gap="0" borderWidth="1px" borderRadius="md" bg="bg.panel">
          {chosen.map((one) => (
            <Row
              key={one.name}
              chosen={one}
              adapter={adapters.find(({ name }) => name === one.name)}
              onWeigh={(weight) => change(reweigh(chosen, one.name, weight))}
              onRemove={() => change(remove(chosen, one.name))}
            />
          ))}
        </Stack>
      )}
      <NativeSelect.Root size="sm" disabled={chosen.length >= MOST}>
        <NativeSelect.Field
          ref={ref}
          name={field.name}
          bg="bg.panel"
          value=""
          onChange={(event) => event.target.value && change(add(chosen, event.target.value))}
          onBlur={onBlur}
        >
          <option value="">{chosen.length >= MOST ? `${MOST} at most` : "Add an adapter…"}</option>
          {choices(adapters, chosen).map(({ base, adapters: own }) => (
            <optgroup key={base} label={`On ${base || "an unnamed base"}`}>
              {own.map((adapter) => (
                <option key={adapter.name} value={adapter.name} disabled={adapter.size_bytes === null}>
                  {adapter.size_bytes === null ? `${adapter.name} (its files are gone)` : adapter.name}
                </option>
              ))}
            </optgroup>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </Stack>
  );
}

const Item = chakra("li", {
  base: {
    display: "grid",
    gridTemplateColumns: { base: "minmax(0, 1fr) auto", sm: "minmax(6rem, 11rem) minmax(0, 1fr) auto" },
    alignItems: "center",
    columnGap: "4",
    rowGap: "1",
    px: "3",
    py: "2.5",
    "& + &": { borderTopWidth: "1px" },
  },
});

interface RowProps {
  chosen: Chosen;
  /** Undefined when the registry does not have it. */
  adapter: Adapter | undefined;
  onWeigh: (weight: string) => void;
  onRemove: () => void;
}

function Row({ chosen, adapter, onWeigh, onRemove }: RowProps) {
  const { name, weight } = chosen;
  return (
    <Item aria-label={name}>
      <Box minW="0">
        <Text fontWeight="medium" truncate title={name}>
          {name}
        </Text>
        <Text textStyle="xs" color={adapter ? "fg.muted" : "fg.warning"} truncate>
          {adapter ? factsOf(adapter) : "not in the registry"}
        </Text>
      </Box>
      <Box gridColumn={{ base: "1 / -1", sm: "auto" }} gridRow={{ base: "2", sm: "auto" }} px="2">
        <WeightSlider name={name} weight={weightOf(chosen)} onWeigh={onWeigh} />
      </Box>
      <Flex gap="1" align="center">
        {/* A field of its own: inside the outer one it would take that one's label. */}
        <Field.Root w="4.5rem" invalid={weightOf(chosen) === null}>
          <Input
            aria-label={`Weight of ${name}`}
            size="sm"
            textAlign="end"
            bg="bg.panel"
            inputMode="decimal"
            autoComplete="off"
            value={weight}
            onChange={(event) => onWeigh(event.target.value)}
          />
        </Field.Root>
        <IconAction label={`Remove ${name}`} icon={X} onClick={onRemove} />
      </Flex>
    </Item>
  );
}

function factsOf({ lora_r: rank, dataset, merged_from: parents }: Adapter): string {
  const facts = [typeof rank === "number" && `rank ${rank}`, typeof dataset === "string" && dataset];
  const made = Array.isArray(parents) && `merge of ${formatCounted(parents.length, "adapter")}`;
  return [...facts, made].filter(Boolean).join(" · ");
}

interface WeightSliderProps {
  name: string;
  weight: number | null;
  onWeigh: (weight: string) => void;
}

function WeightSlider({ name, weight, onWeigh }: WeightSliderProps) {
  const within = Math.min(MOST_WEIGHT, Math.max(LEAST_WEIGHT, weight ?? 0));
  return (
    <Slider
      label={`Weight of ${name} on a scale`}
      min={LEAST_WEIGHT}
      max={MOST_WEIGHT}
      step={STEP}
      value={within}
      onChange={(next) => onWeigh(String(Number(next.toFixed(2))))}
      marks={MARKS}
    />
  );
}
