import { Field, Input, Text } from "@chakra-ui/react";
import { useState } from "react";

import { useSplit } from "@/api/dataset-changes";
import type { Dataset } from "@/api/types";
import { toast } from "@/components/toasts";
import { FormDialog } from "@/features/datasets/FormDialog";
import { addressIn } from "@/features/datasets/tabs";
import { formatCount, formatCounted } from "@/lib/format";
import { parseNumber } from "@/lib/numbers";

/** Parts a dataset in two, for training and for validation. */
export default function SplitDialog({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const [percent, setPercent] = useState("10");
  const [seed, setSeed] = useState("42");
  const splitting = useSplit();
  const share = (parseNumber(percent) ?? 0) / 100;
  const number = parseNumber(seed);
  const examples = dataset.examples ?? 0;
  const held = Math.min(Math.max(1, Math.round(examples * share)), examples - 1);
  const valid = share > 0 && share < 1 && number !== null && Number.isInteger(number) && number >= 0 && examples > 1;
  const submit = () =>
    splitting.mutate(
      { name: dataset.name, share, seed: number ?? 0 },
      {
        onSuccess: ({ training, validation }) => {
          onClose();
          toast({
            title: `${training.name} and ${validation.name} are there`,
            description: `${formatCount(training.examples)} and ${formatCounted(validation.examples ?? 0, "example")}`,
            action: { label: "Look at the first", to: addressIn(training.name) },
          });
        },
      },
    );
  return (
    <FormDialog title={`Split ${dataset.name}`} action="Split" disabled={!valid} busy={splitting.isPending} error={splitting.error} onSubmit={submit} onClose={onClose}>
      <Field.Root required>
        <Field.Label>Share for validation, in per cent</Field.Label>
        <Input size="sm" inputMode="decimal" value={percent} onChange={({ target }) => setPercent(target.value)} />
      </Field.Root>
      <Field.Root required>
        <Field.Label>Seed</Field.Label>
        <Input size="sm" inputMode="numeric" value={seed} onChange={({ target }) => setSeed(target.value)} />
        <Field.HelperText>A run with this seed and share as its validation split parts the data the same.</Field.HelperText>
      </Field.Root>
      <Text color="fg.muted" aria-live="polite">
        {valid ? `${formatCount(examples - held)} for training, ${formatCount(held)} for validation, in two new files. The dataset itself stays as it is.` : "Give a share between 0 and 100, and a whole number as the seed."}
      </Text>
    </FormDialog>
  );
}
