import { Flex, NativeSelect, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { ArrowUp, X } from "lucide-react";

import { modelsQuery } from "@/api/models";
import type { ModelEntry } from "@/api/types";
import { IconAction } from "@/components/IconAction";
import type { ControlProps } from "@/components/schema-form/controls";
import { read, shown } from "@/components/schema-form/values";

const KINDS: [ModelEntry["owned_by"], string][] = [
  ["adapter", "Adapters"],
  ["merged", "Merged models"],
  ["base", "Base models"],
];

/** Which models, in an order that means something: the first is what the others are compared with. */
export function ModelsControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  const { data: known = [], isError } = useQuery(modelsQuery);
  const result = read(field, value);
  const chosen = "value" in result && Array.isArray(result.value) ? result.value.map(String) : [];
  const change = (models: string[]) => onChange(shown(field, models));
  const most = field.schema.maxItems ?? Infinity;
  const left = known.filter(({ id }) => !chosen.includes(id));
  return (
    <Stack w="full" gap="2">
      {chosen.length > 0 && (
        <Stack as="ol" aria-label={field.label} listStyleType="none" gap="0" borderWidth="1px" borderRadius="md" bg="bg.panel">
          {chosen.map((id, index) => (
            <Row
              key={id}
              id={id}
              role={roleOf(index, chosen.length)}
              onRaise={index > 0 ? () => change(raised(chosen, index)) : undefined}
              onRemove={() => change(chosen.filter((other) => other !== id))}
            />
          ))}
        </Stack>
      )}
      <NativeSelect.Root size="sm" disabled={chosen.length >= most}>
        <NativeSelect.Field
          ref={ref}
          name={field.name}
          bg="bg.panel"
          value=""
          onChange={({ target }) => target.value && change([...chosen, target.value])}
          onBlur={onBlur}
        >
          <option value="">{promptFor(chosen.length, most, isError)}</option>
          {KINDS.map(([kind, title]) => (
            <Options key={kind} title={title} models={left.filter(({ owned_by: owner }) => owner === kind)} />
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </Stack>
  );
}

function promptFor(count: number, most: number, failed: boolean): string {
  if (failed) return "The models could not be read";
  if (count >= most) return `${most} at most`;
  return count === 0 ? "Choose a model…" : "Compare with…";
}

/** With one model there is nothing to compare. */
function roleOf(index: number, count: number): string {
  if (count === 1) return "";
  return index === 0 ? "baseline" : "";
}

/** One place nearer to the beginning. */
export function raised(models: string[], index: number): string[] {
  return models.map((model, place) => (place === index ? (models[index - 1] ?? model) : place === index - 1 ? (models[index] ?? model) : model));
}

interface RowProps {
  id: string;
  role: string;
  /** None for the first. */
  onRaise: (() => void) | undefined;
  onRemove: () => void;
}

function Row({ id, role, onRaise, onRemove }: RowProps) {
  return (
    <Flex as="li" align="center" gap="2" px="3" py="1.5" css={{ "& + &": { borderTopWidth: "1px" } }}>
      <Text fontWeight="medium" truncate flex="1" minW="0" title={id}>
        {id}
      </Text>
      {role && (
        <Text textStyle="xs" color="fg.muted">
          {role}
        </Text>
      )}
      {onRaise && <IconAction label={`Move ${id} up`} icon={ArrowUp} onClick={onRaise} />}
      <IconAction label={`Remove ${id}`} icon={X} onClick={onRemove} />
    </Flex>
  );
}

function Options({ title, models }: { title: string; models: ModelEntry[] }) {
  if (models.length === 0) return null;
  return (
    <optgroup label={title}>
      {models.map(({ id }) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </optgroup>
  );
}
