import { Notice } from "@/components/Notice";

/** What the service found wrong that is no field's. */
export function Refusals({ sentences }: { sentences: readonly string[] }) {
  return sentences.map((sentence) => (
    <Notice key={sentence} tone="error">
      {sentence}
    </Notice>
  ));
}
