import { Input } from "@chakra-ui/react";
import { useEffect, useRef, useState } from "react";

import { searching } from "@/features/jobs/jobs-view";
import { useShortcut } from "@/lib/shortcuts";
import { useLateSearch } from "@/lib/use-late-search";

const REST_MS = 250;

/** Searches while one types; the words stand in the address, without a step back for every letter. */
export function JobSearch() {
  const [search, write] = useLateSearch();
  const q = search.get("q") ?? "";
  const [text, setText] = useState(q);
  const [seen, setSeen] = useState({ q, sent: q });
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (q !== seen.q) {
    setSeen({ q, sent: q });
    if (q !== seen.sent) setText(q); // somebody went back, or cleared the filters
  }
  useEffect(() => () => clearTimeout(timer.current), []);
  useShortcut("/", "Search the runs", () => input.current?.focus());
  const ask = (words: string) => {
    setSeen({ q, sent: words.trim() });
    write((before) => searching(before, words));
  };
  const onChange = (words: string) => {
    setText(words);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => ask(words), REST_MS);
  };
  return (
    <Input
      ref={input}
      type="search"
      size="sm"
      maxW={{ md: "380px" }}
      bg="bg.panel"
      aria-label="Search the runs"
      placeholder="Name, tag, model, dataset, lora_r=8"
      title="All words must be found. A parameter is asked for as lora_r=8. Key: /"
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
