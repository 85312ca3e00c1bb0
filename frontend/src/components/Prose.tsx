import { Text } from "@chakra-ui/react";
import { lazy, Suspense } from "react";

const Markdown = lazy(() => import("@/components/markdown/Markdown"));

interface ProseProps {
  text: string;
  /** As Markdown; otherwise as it was written. */
  formatted: boolean;
}

/** A text somebody else wrote. What takes Markdown apart is loaded when the first such text is shown. */
export function Prose({ text, formatted }: ProseProps) {
  const plain = (
    <Text as="div" whiteSpace="pre-wrap" overflowWrap="anywhere">
      {text}
    </Text>
  );
  if (!formatted) return plain;
  return (
    <Suspense fallback={plain}>
      <Markdown text={text} />
    </Suspense>
  );
}
