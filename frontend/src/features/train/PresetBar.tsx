import { Button, Flex, Text } from "@chakra-ui/react";
import { Sparkles } from "lucide-react";
import { useState } from "react";
import type { UseFormReturn } from "react-hook-form";

import type { Preset } from "@/api/types";
import { Card } from "@/components/Card";
import { defaultValues, type FormValues, shown } from "@/components/schema-form/values";
import type { FormSpec } from "@/components/schema-form/form-spec";

interface PresetBarProps {
  presets: Preset[];
  spec: FormSpec;
  form: UseFormReturn<FormValues>;
}

/** Ready-made starting points; what stood in the form before can be had back. */
export function PresetBar({ presets, spec, form }: PresetBarProps) {
  const [applied, setApplied] = useState<{ preset: Preset; before: FormValues } | null>(null);
  if (presets.length === 0) return null;

  const apply = (preset: Preset) => {
    const before = form.getValues();
    const given = spec.fields.filter((field) => field.name in preset.values);
    const values = Object.fromEntries(given.map((field) => [field.name, shown(field, preset.values[field.name])]));
    form.reset({ ...defaultValues(spec.fields), ...values });
    setApplied({ preset, before });
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
            ? `${Object.keys(applied.preset.values).length} settings are set. ${applied.preset.description}`
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
