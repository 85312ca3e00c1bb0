import { Button, Field, Flex, Stack, Text, Textarea } from "@chakra-ui/react";
import { SlidersHorizontal } from "lucide-react";
import { useWatch } from "react-hook-form";

import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SchemaForm } from "@/components/schema-form/SchemaForm";
import { defaultValues, type FormValues } from "@/components/schema-form/values";
import { Segments } from "@/components/Segments";
import { countChanged, type Settings, SYSTEM } from "@/features/playground/use-settings";

interface SettingsPanelProps {
  id: string;
  settings: Settings;
  /** Why the fields could not be read from the service. */
  error: unknown;
  formatted: boolean;
  onFormatted: (formatted: boolean) => void;
}

/** How to ask, for all models alike. It holds for the next answer; those that are there keep what they were given. */
export function SettingsPanel({ id, settings, error, formatted, onFormatted }: SettingsPanelProps) {
  const { form, spec } = settings;
  const reset = () => form.reset({ ...defaultValues(spec.fields), [SYSTEM]: "" });
  return (
    <Stack as="section" aria-label="Settings" id={id} gap="4">
      <Card>
        <Stack gap="4">
          <Field.Root>
            <Field.Label>System prompt</Field.Label>
            <Textarea size="sm" rows={3} autoresize maxH="16rem" {...form.register(SYSTEM)} />
            <Field.HelperText>Said to every model before the conversation; empty = nothing is said.</Field.HelperText>
          </Field.Root>
          <Flex align="center" justify="space-between" gap="3" wrap="wrap">
            <Text fontWeight="medium">Show answers as</Text>
            <Segments
              name="formatted"
              label="Show answers as"
              options={[
                { value: "markdown", label: "Markdown" },
                { value: "text", label: "Plain text" },
              ]}
              value={formatted ? "markdown" : "text"}
              onChange={(value) => onFormatted(value === "markdown")}
            />
          </Flex>
        </Stack>
      </Card>
      {error != null && <ErrorNotice title="The sampling settings could not be read" error={error} />}
      <SchemaForm spec={spec} form={form} widgets={{}} narrow />
      <Button size="xs" variant="ghost" alignSelf="start" onClick={reset}>
        Back to the defaults
      </Button>
    </Stack>
  );
}

interface SettingsButtonProps {
  settings: Settings;
  panelId: string;
  open: boolean;
  onToggle: () => void;
}

/** Opens the settings, and says how many are not what they would be by themselves. */
export function SettingsButton({ settings, panelId, open, onToggle }: SettingsButtonProps) {
  const values = useWatch({ control: settings.form.control }) as FormValues;
  const changed = countChanged(settings.spec, values);
  return (
    <Button size="sm" variant={open ? "subtle" : "outline"} aria-expanded={open} aria-controls={panelId} onClick={onToggle}>
      <SlidersHorizontal aria-hidden />
      Settings{" "}
      {changed > 0 && (
        <Text as="span" textStyle="xs" color="teal.fg">
          {changed} changed
        </Text>
      )}
    </Button>
  );
}
