import { chakra } from "@chakra-ui/react";

const Code = chakra("code", {
  base: { fontFamily: "mono", fontSize: "0.92em", bg: "bg.muted", px: "1", borderRadius: "xs", overflowWrap: "anywhere" },
});

/** A sentence in which text between backticks is code. */
export function InlineCode({ text }: { text: string }) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <Code key={index}>{part}</Code> : part));
}
