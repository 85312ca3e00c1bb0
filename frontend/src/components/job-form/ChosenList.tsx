import { Flex, Stack, Text } from "@chakra-ui/react";
import { ArrowUp, X } from "lucide-react";

import { IconAction } from "@/components/IconAction";

interface ChosenListProps {
  label: string;
  chosen: string[];
  onChange: (chosen: string[]) => void;
  /** What a place in the list means; only then has it an order to be changed. */
  roleOf?: (index: number) => string;
}

/** What was chosen of many, one a line. */
export function ChosenList({ label, chosen, onChange, roleOf }: ChosenListProps) {
  if (chosen.length === 0) return null;
  return (
    <Stack as="ol" aria-label={label} listStyleType="none" gap="0" borderWidth="1px" borderRadius="md" bg="bg.panel">
      {chosen.map((name, index) => (
        <Flex as="li" key={name} align="center" gap="2" px="3" py="1.5" css={{ "& + &": { borderTopWidth: "1px" } }}>
          <Text fontWeight="medium" truncate flex="1" minW="0" title={name}>
            {name}
          </Text>
          {roleOf?.(index) && (
            <Text textStyle="xs" color="fg.muted">
              {roleOf(index)}
            </Text>
          )}
          {roleOf && index > 0 && <IconAction label={`Move ${name} up`} icon={ArrowUp} onClick={() => onChange(raised(chosen, index))} />}
          <IconAction label={`Remove ${name}`} icon={X} onClick={() => onChange(chosen.filter((other) => other !== name))} />
        </Flex>
      ))}
    </Stack>
  );
}

/** One of them a place nearer to the beginning. */
export function raised(names: string[], index: number): string[] {
  const moved = names[index];
  if (moved === undefined || index === 0) return names;
  const others = names.filter((_, place) => place !== index);
  return [...others.slice(0, index - 1), moved, ...others.slice(index - 1)];
}
