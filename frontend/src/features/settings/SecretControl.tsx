import { Button, Field, Flex, Input, Text } from "@chakra-ui/react";
import { useRef, useState } from "react";

import { useDrafts } from "@/features/settings/drafts";
import { cleanSecret, type Draft, secretOf, type SettingField } from "@/features/settings/fields";

interface SecretControlProps {
  field: SettingField;
  onChange: (draft: Draft) => void;
}

/** A key is written and never read: whether there is one, and the way to another one or none. */
export function SecretControl({ field, onChange }: SecretControlProps) {
  const draft = useDrafts().drafts[field.setting.name];
  const [typing, setTyping] = useState(false);
  const secret = secretOf(field);
  const give = () => {
    setTyping(false);
    onChange(""); // as it was
  };
  if (typing) return <SecretInput field={field} onChange={onChange} onCancel={give} />;
  if (draft !== undefined) return <Pending text={draft === null ? "Removed when you save" : "A new one waits to be saved"} onKeep={give} />;
  return (
    <Flex gap="2" align="center" wrap="wrap">
      <Text flex="1" minW="8rem" color={secret?.set ? "fg" : "fg.muted"}>
        {secret?.set ? (secret.last4 ? `Set, ends in …${secret.last4}` : "Set") : "Not set"}
      </Text>
      <Button size="xs" variant="outline" onClick={() => setTyping(true)} aria-label={`${secret?.set ? "Replace" : "Set"} ${field.spec.label}`}>
        {secret?.set ? "Replace" : "Set"}
      </Button>
      {secret?.set && (
        <Button size="xs" variant="outline" onClick={() => onChange(null)} aria-label={`Remove ${field.spec.label}`}>
          Remove
        </Button>
      )}
    </Flex>
  );
}

function Pending({ text, onKeep }: { text: string; onKeep: () => void }) {
  return (
    <Flex gap="2" align="center" role="status">
      <Text flex="1">{text}</Text>
      <Button size="xs" variant="outline" onClick={onKeep}>
        Keep as it was
      </Button>
    </Flex>
  );
}

/** What is typed never becomes an attribute of the page: the input keeps it to itself. */
function SecretInput({ field, onChange, onCancel }: SecretControlProps & { onCancel: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [cut, setCut] = useState(false);
  const change = () => {
    const typed = input.current?.value ?? "";
    const clean = cleanSecret(typed);
    setCut(clean !== typed);
    onChange(clean);
  };
  return (
    <>
      <Flex gap="2" w="full">
        <Input
          ref={input}
          name={field.setting.name}
          size="sm"
          bg="bg.panel"
          aria-label={field.spec.label}
          type="password"
          autoComplete="new-password"
          spellCheck={false}
          autoFocus
          onChange={change}
          onKeyDown={(event) => event.key === "Escape" && onCancel()}
        />
        <Button size="sm" variant="outline" onClick={onCancel}>
          Cancel
        </Button>
      </Flex>
      {cut && <Field.HelperText>Quotes, blanks and a variable's name around it are left out.</Field.HelperText>}
    </>
  );
}
