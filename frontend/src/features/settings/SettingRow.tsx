import { Box, Field, Flex, Text } from "@chakra-ui/react";
import { Lock } from "lucide-react";
import { useState } from "react";

import { InlineCode } from "@/components/InlineCode";
import { ModelControl } from "@/components/job-form/ModelControl";
import { ChangedBadge } from "@/components/schema-form/ChangedBadge";
import { CONTROLS } from "@/components/schema-form/controls";
import { draftStore, useDrafts } from "@/features/settings/drafts";
import { contentOf, isChanged, outcomeOf, savedContent, type SettingField } from "@/features/settings/fields";
import { SecretControl } from "@/features/settings/SecretControl";
import styles from "@/features/settings/settings.module.css";
import { rowId, useRowFocus } from "@/features/settings/use-row-focus";

/** A setting: what it is called, what it does and where its value comes from; beside it the value. */
export function SettingRow({ field }: { field: SettingField }) {
  const { setting, spec } = field;
  const { drafts, faults } = useDrafts();
  const [busy, setBusy] = useState(false);
  useRowFocus(setting.name);
  const draft = drafts[setting.name];
  const outcome = draft === undefined ? "same" : outcomeOf(field, draft);
  const typo = !busy && outcome !== "same" && "error" in outcome ? outcome.error : undefined;
  const fault = faults[setting.name] ?? typo;
  return (
    <Field.Root invalid={fault !== undefined} className={styles.row} data-unsaved={outcome !== "same" || undefined} gap="0">
      <Box minW="0" w="full">
        <Flex align="center" gap="2" minH="6" wrap="wrap">
          <Name field={field} />
          {setting.editable && isChanged(field, draft) && <ChangedBadge label={spec.label} onReset={() => draftStore.edit(field, null)} />}
        </Flex>
        <Text color="fg.muted" lineHeight="1.45">
          <InlineCode text={setting.help} />
        </Text>
        <Origin field={field} isUnsaved={outcome !== "same"} />
      </Box>
      <Box id={rowId(setting.name)} minW="0" w="full" onFocus={() => setBusy(true)} onBlur={() => setBusy(false)}>
        {setting.editable ? <Value field={field} /> : <Locked field={field} />}
        <Field.ErrorText>{fault}</Field.ErrorText>
      </Box>
    </Field.Root>
  );
}

/** A label belongs to a control; what is only shown, and a group of buttons, have a plain name. */
function Name({ field: { setting, spec } }: { field: SettingField }) {
  const unit = spec.unit && <Text as="span" color="fg.muted" fontWeight="normal">{` (${spec.unit})`}</Text>;
  const isLabel = setting.editable && !setting.secret && spec.control !== "segments";
  if (!isLabel) return <Text fontWeight="medium">{spec.label}{unit}</Text>;
  return <Field.Label>{spec.label}{unit}</Field.Label>;
}

function Value({ field }: { field: SettingField }) {
  const { drafts, round } = useDrafts();
  const draft = drafts[field.setting.name];
  if (field.setting.secret) return <SecretControl key={round} field={field} onChange={(next) => draftStore.edit(field, next)} />;
  const Control = field.spec.widget === "model" ? ModelControl : CONTROLS[field.spec.control];
  return <Control field={field.spec} value={contentOf(field, draft)} onChange={(next) => draftStore.edit(field, next)} onBlur={() => undefined} ref={() => undefined} />;
}

function Locked({ field }: { field: SettingField }) {
  const { setting } = field;
  const content = savedContent(field);
  const secret = setting.secret ? ((setting.value as { set: boolean }).set ? "Set" : "Not set") : undefined;
  const text = secret ?? (typeof content === "boolean" ? (content ? "on" : "off") : content || "none");
  return (
    <Flex align="flex-start" gap="2" color="fg.muted" pt="0.5">
      <Box pt="1" flexShrink="0">
        <Lock size={13} aria-hidden />
      </Box>
      <Box minW="0">
        <Text fontFamily="mono" fontSize="13px" color="fg" overflowWrap="anywhere">
          {text}
        </Text>
        <Text textStyle="xs">
          {setting.locked_by === "environment" ? "Set in the environment, which goes first: change it where the service is started." : "Not to be set from a browser: write it into .env or the environment."}
        </Text>
      </Box>
    </Flex>
  );
}

const ORIGINS = { default: "default", ".env": "from .env", env: "from the environment" };

function Origin({ field: { setting }, isUnsaved }: { field: SettingField; isUnsaved: boolean }) {
  const told = [
    isUnsaved ? "not saved yet" : ORIGINS[setting.source],
    setting.awaits_restart ? "saved, counts once the service is started anew" : setting.needs_restart && isUnsaved ? "will count once the service is started anew" : "",
  ];
  return (
    <Text textStyle="xs" color="fg.muted" mt="1">
      <Box as="code" fontFamily="mono" fontSize="11px">
        {setting.name}
      </Box>
      {told.filter(Boolean).map((words) => ` · ${words}`)}
    </Text>
  );
}
