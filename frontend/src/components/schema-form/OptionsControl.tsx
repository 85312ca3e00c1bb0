import { Box, chakra, NativeSelect, Stack, Text } from "@chakra-ui/react";

import { InlineCode } from "@/components/InlineCode";
import type { ControlProps } from "@/components/schema-form/controls";

const Summary = chakra("summary", {
  base: { cursor: "pointer", color: "fg.muted", borderRadius: "xs", focusVisibleRing: "outside", w: "fit-content", minH: "6", _hover: { color: "fg" } },
});
const Term = chakra("dt", { base: { fontWeight: "medium", fontFamily: "mono", fontSize: "12px", pt: "0.5" } });
const Detail = chakra("dd", { base: { color: "fg.muted" } });

/** Many choices of which each needs a sentence: the chosen one's is shown, all of them on demand. */
export function OptionsControl({ field, value, onChange, onBlur, ref }: ControlProps) {
  const sentences = Object.entries(field.options);
  return (
    <Stack w="full" gap="1.5">
      <NativeSelect.Root size="sm">
        <NativeSelect.Field
          ref={ref}
          name={field.name}
          bg="bg.panel"
          value={String(value)}
          onChange={(event) => onChange(event.target.value)}
          onBlur={onBlur}
        >
          {sentences.map(([option]) => (
            <option key={option}>{option}</option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
      <Text role="status">{field.options[String(value)]}</Text>
      <details>
        <Summary>All {sentences.length} in a sentence each</Summary>
        <Box as="dl" display="grid" gridTemplateColumns={{ base: "1fr", sm: "max-content 1fr" }} columnGap="4" rowGap="1" mt="2" textStyle="xs">
          {sentences.map(([option, sentence]) => (
            <Box key={option} display="contents">
              <Term>{option}</Term>
              <Detail>
                <InlineCode text={sentence} />
              </Detail>
            </Box>
          ))}
        </Box>
      </details>
    </Stack>
  );
}
