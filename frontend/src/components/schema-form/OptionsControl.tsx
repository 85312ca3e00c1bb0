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
  const { options } = field;
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
          {options.map((option) => (
            <option key={option.value}>{option.value}</option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
      <Text role="status">
        <InlineCode text={options.find((option) => option.value === value)?.help ?? ""} />
      </Text>
      <details>
        <Summary>All {options.length} in a sentence each</Summary>
        <Box as="dl" display="grid" gridTemplateColumns={{ base: "1fr", sm: "max-content 1fr" }} columnGap="4" rowGap="1" mt="2" textStyle="xs">
          {options.map((option) => (
            <Box key={option.value} display="contents">
              <Term>{option.value}</Term>
              <Detail>
                <InlineCode text={option.help} />
              </Detail>
            </Box>
          ))}
        </Box>
      </details>
    </Stack>
  );
}
