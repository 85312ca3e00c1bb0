import { Box, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";

import { SERVICE_URL } from "@/api/client";
import { Card } from "@/components/Card";
import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import { Segments } from "@/components/Segments";
import { shellQuote } from "@/lib/shell";

const WAYS = [
  { value: "terminal", label: "Terminal" },
  { value: "python", label: "Python" },
  { value: "http", label: "HTTP" },
];

/** How programs ask it: the recipe, OpenAI's client, a plain request. */
export function UseCard({ name }: { name: string }) {
  const [way, setWay] = useState("terminal");
  const text = textOf(way, name, `${SERVICE_URL || window.location.origin}/v1`);
  return (
    <Card title="Use it in your own programs" aside={<CopyButton text={text} label="Copy" />}>
      <Stack gap="3">
        <Box>
          <Segments name="way" label="How to ask it" options={WAYS} value={way} onChange={setWay} />
        </Box>
        <CodeBlock text={text} label="How the adapter is asked" />
        {way !== "terminal" && <Text color="fg.muted">Where a token is asked for, it is the key; otherwise any word will do.</Text>}
      </Stack>
    </Card>
  );
}

function textOf(way: string, name: string, base: string): string {
  const quoted = JSON.stringify(name);
  if (way === "terminal") return `python run_inference.py --model_path ${shellQuote(name)} --prompt "…"`;
  if (way === "python") {
    return [
      "from openai import OpenAI",
      "",
      `client = OpenAI(base_url="${base}", api_key="…")`,
      "answer = client.chat.completions.create(",
      `    model=${quoted},`,
      '    messages=[{"role": "user", "content": "…"}],',
      ")",
      "print(answer.choices[0].message.content)",
    ].join("\n");
  }
  const body = JSON.stringify({ model: name, messages: [{ role: "user", content: "…" }] });
  return [`curl -s ${base}/chat/completions \\`, '  -H "Authorization: Bearer …" -H "Content-Type: application/json" \\', `  -d ${shellQuote(body)}`].join("\n");
}
