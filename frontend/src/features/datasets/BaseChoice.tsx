import { Field, NativeSelect } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { baseModelsQuery } from "@/api/models";
import { useAddress } from "@/features/datasets/use-address";

/** By whose tokenizer it is counted; nothing in the address = the machine's own base. */
export function BaseChoice() {
  const { data } = useQuery(baseModelsQuery);
  const { text, go } = useAddress();
  const chosen = text("base");
  const names = [...new Set([...(data?.models ?? []).map(({ name }) => name), ...(chosen ? [chosen] : [])])];
  return (
    <Field.Root orientation="horizontal" w="auto" gap="2" justifyContent="flex-start">
      <Field.Label fontSize="13px" color="fg.muted" fontWeight="normal" minW="0">
        Tokens of
      </Field.Label>
      <NativeSelect.Root size="sm" w="auto" maxW="16rem">
        <NativeSelect.Field bg="bg.panel" value={chosen || (data?.default ?? "")} onChange={({ target }) => go({ base: target.value === data?.default ? null : target.value })}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </Field.Root>
  );
}
