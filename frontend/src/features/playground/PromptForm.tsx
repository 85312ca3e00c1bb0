import { Button, Field, Flex, Input, NativeSelect, SimpleGrid, Stack, Textarea } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useForm } from "react-hook-form";
import { useSearchParams } from "react-router";

import { adaptersQuery } from "@/api/adapters";
import { useContact } from "@/api/contact";
import type { GenerateRequest } from "@/api/types";
import { Card } from "@/components/Card";
import { parseNumber } from "@/lib/numbers";

/** Empty means: leave it to the service. */
const SAMPLING = [
  { name: "max_new_tokens", label: "Longest answer" },
  { name: "temperature", label: "Temperature" },
  { name: "top_p", label: "Top p" },
] as const;

type Question = { prompt: string } & Record<(typeof SAMPLING)[number]["name"], string>;

interface PromptFormProps {
  busy: boolean;
  onAsk: (request: GenerateRequest) => void;
}

export function PromptForm({ busy, onAsk }: PromptFormProps) {
  const { lost } = useContact();
  const [search] = useSearchParams();
  const adapter = search.get("adapter") ?? "";
  const { register, handleSubmit, formState } = useForm<Question>();
  const ask = handleSubmit((question) => onAsk(requestOf(question, adapter)));
  const submitByKey = (event: React.KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void ask();
  };
  return (
    <Card>
      <form noValidate onSubmit={(event) => void ask(event)} onKeyDown={submitByKey}>
        <Stack gap="4">
          <AdapterSelect />
          <Field.Root invalid={!!formState.errors.prompt} required>
            <Field.Label>Prompt</Field.Label>
            <Textarea rows={6} placeholder="What is Newton's second law?" {...register("prompt", { required: true })} />
            <Field.ErrorText>Write a question first</Field.ErrorText>
          </Field.Root>
          <SimpleGrid columns={3} gap="3">
            {SAMPLING.map(({ name, label }) => (
              <Field.Root key={name} invalid={!!formState.errors[name]}>
                <Field.Label truncate>{label}</Field.Label>
                <Input size="sm" inputMode="decimal" placeholder="default" {...register(name, { validate: isNumberOrEmpty })} />
                <Field.ErrorText>Must be a number</Field.ErrorText>
              </Field.Root>
            ))}
          </SimpleGrid>
          <Flex>
            <Button type="submit" size="sm" loading={busy} loadingText="Answering…" disabled={lost}>
              <Send aria-hidden /> Ask
            </Button>
          </Flex>
        </Stack>
      </form>
    </Card>
  );
}

/** The choice stands in the address, so that a link can ask a certain adapter. */
function AdapterSelect() {
  const [search, setSearch] = useSearchParams();
  const { data } = useQuery(adaptersQuery);
  const chosen = search.get("adapter") ?? "";
  const names = new Set([...(chosen ? [chosen] : []), ...(data?.adapters.map(({ name }) => name) ?? [])]);
  return (
    <Field.Root>
      <Field.Label>Answered by</Field.Label>
      <NativeSelect.Root size="sm">
        <NativeSelect.Field
          value={chosen}
          onChange={(event) => setSearch(event.target.value ? { adapter: event.target.value } : {}, { replace: true })}
        >
          <option value="">Base model{data?.base_model ? ` · ${data.base_model}` : ""}</option>
          {[...names].map((name) => (
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

function isNumberOrEmpty(text: string | undefined): boolean {
  return !text || parseNumber(text) !== null;
}

function requestOf(question: Question, adapter: string): GenerateRequest {
  const given = SAMPLING.flatMap(({ name }) => {
    const value = parseNumber(question[name] ?? "");
    return value === null ? [] : [[name, value] as const];
  });
  return { prompt: question.prompt, ...(adapter && { adapter }), ...Object.fromEntries(given) };
}
