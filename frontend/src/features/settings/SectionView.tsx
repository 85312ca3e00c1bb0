import { Stack, Text } from "@chakra-ui/react";

import { Card } from "@/components/Card";
import { Disclosure } from "@/components/Disclosure";
import { connectionsOf } from "@/features/settings/connections";
import { ConnectionCard } from "@/features/settings/ConnectionCard";
import { useDrafts } from "@/features/settings/drafts";
import { isChanged, type SettingField } from "@/features/settings/fields";
import { headingsOf, type Part } from "@/features/settings/parts";
import { SettingRow } from "@/features/settings/SettingRow";
import { formatCounted } from "@/lib/format";

interface SectionViewProps {
  part: Part;
  fields: SettingField[];
}

/** A part of the settings: what every machine needs in the open, the rest and the defaults of runs folded. */
export function SectionView({ part, fields }: SectionViewProps) {
  const own = fields.filter(({ setting }) => setting.section === part.id);
  const open = part.ofRuns ? [] : own.filter(({ spec }) => !spec.advanced);
  const folded = part.ofRuns ? headingsOf(own) : [{ title: "Advanced", fields: own.filter(({ spec }) => spec.advanced) }];
  return (
    <Stack gap="4">
      <Card title={part.title}>
        <Text color="fg.muted">{part.help}</Text>
        {part.ofRuns && <Text color="fg.muted">What a run takes where its form or command says nothing else.</Text>}
        <Rows fields={open} />
      </Card>
      {connectionsOf(own).map((connection) => (
        <ConnectionCard key={connection.what} connection={connection} fields={fields} />
      ))}
      {folded.map((heading) => heading.fields.length > 0 && <Folded key={heading.title} {...heading} />)}
    </Stack>
  );
}

function Rows({ fields }: { fields: SettingField[] }) {
  return fields.map((field) => <SettingRow key={field.setting.name} field={field} />);
}

/** Folded, but never over something that needs to be seen: a changed value or a fault opens it. */
function Folded({ title, fields }: { title: string; fields: SettingField[] }) {
  const { drafts, faults } = useDrafts();
  const changed = fields.filter((field) => isChanged(field, drafts[field.setting.name])).length;
  const isWrong = fields.some(({ setting }) => setting.name in faults);
  const count = formatCounted(fields.length, "setting");
  const note = changed > 0 ? `${count}, ${changed} changed` : count;
  return (
    <Disclosure title={title} note={note} openedBy={changed > 0} heldOpen={isWrong}>
      <Rows fields={fields} />
    </Disclosure>
  );
}

/** What a search has found, under the titles of its parts. */
export function FoundView({ parts, fields }: { parts: Part[]; fields: SettingField[] }) {
  const found = parts.map((part) => ({ part, own: fields.filter(({ setting }) => setting.section === part.id) }));
  return (
    <Stack gap="4">
      {found.map(({ part, own }) => own.length > 0 && <Card key={part.id} title={part.title}><Rows fields={own} /></Card>)}
    </Stack>
  );
}
