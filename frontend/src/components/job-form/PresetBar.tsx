import { Button, Flex, Text } from "@chakra-ui/react";
import { Sparkles } from "lucide-react";
import { useState } from "react";
import type { UseFormReturn } from "react-hook-form";

import type { Preset } from "@/api/types";
import { Card } from "@/components/Card";
import { defaultValues, type FormValues, shown } from "@/components/schema-form/values";
import { formatCounted } from "@/lib/format";
import type { FormSpec } from "@/components/schema-form/form-spec";

interface PresetBarProps {
  presets: Preset[];
  spec: FormSpec;
  form: UseFormReturn<FormValues>;
  /** Fields that hold what was chosen here, which no preset can know. */
  keep?: string[];
}

/** Ready-made starting points; what stood in the form before can be had back. */
export function PresetBar({ presets, spec, form, keep = [] }: PresetBarProps) {
  const [applied, setApplied] = useState<{ preset: Preset; before: FormValues; count: number } | null>(null);
  if (presets.length === 0) return null;

  const apply = (preset: Preset) => {
    const before = form.getValues();
    const given = spec.fields.filter((field) => field.name in preset.values && !keep.includes(field.name));
    const values = Object.fromEntries(given.map((field) => [field.name, shown(field, preset.values[field.name])]));
    const kept = Object.fromEntries(keep.map((name) => [name, before[name] ?? ""]));
    form.reset({ ...defaultValues(spec.fields), ...values, ...kept });
    setApplied({ preset, before, count: given.length });
  };
  const undo = () => {
    form.reset(applied?.before);
    setApplied(null);
  };
  return (
    <Card>
      <Flex align="center" gap="3" wrap="wrap">
        {presets.map((preset) => (
          <Button key={preset.id} size="sm" variant="outline" title={preset.description} onClick={() => apply(preset)}>
            <Sparkles aria-hidden />
            {preset.title}
          </Button>
        ))}
        <Text color="fg.muted" role="status" flex="1" minW="16rem">
          {applied
            ? `${formatCounted(applied.count, "setting")} filled in. ${applied.preset.description}`
            : "Ready-made starting points: they fill in the form and start nothing."}
        </Text>
        {applied && (
          <Button size="xs" variant="ghost" onClick={undo}>
            Undo
          </Button>
        )}
      </Flex>
    </Card>
  );
}
