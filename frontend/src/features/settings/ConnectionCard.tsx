import { Button, Text } from "@chakra-ui/react";
import { useState } from "react";

import { useContact } from "@/api/contact";
import { type ConnectionReport, type SettingChanges, useConnectionTest } from "@/api/settings";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Notice } from "@/components/Notice";
import type { Connection } from "@/features/settings/connections";
import { changeOf, draftStore } from "@/features/settings/drafts";
import type { SettingField } from "@/features/settings/fields";
import { formatCount } from "@/lib/format";

const TONES: Record<ConnectionReport["outcome"], "info" | "warning" | "error"> = { works: "info", doubtful: "warning", fails: "error" };
const TITLES: Record<ConnectionReport["outcome"], string> = { works: "It works", doubtful: "It works, with a doubt", fails: "It does not work" };

interface ConnectionCardProps {
  connection: Connection;
  fields: SettingField[];
}

/** Tries a connection, with what has been typed even before it is saved. */
export function ConnectionCard({ connection, fields }: ConnectionCardProps) {
  const { lost } = useContact();
  const { mutate, data, error, isPending } = useConnectionTest(connection.what);
  const [withTyped, setWithTyped] = useState(false);
  const test = () => {
    const typed = typedFor(connection, fields);
    setWithTyped(Object.keys(typed).length > 0);
    mutate(typed);
  };
  const button = (
    <Button size="xs" variant="outline" disabled={lost} loading={isPending} onClick={test} aria-label={`Test connection: ${connection.title}`}>
      Test connection
    </Button>
  );
  return (
    <Card title={connection.title} aside={button}>
      {data && !error && <Report report={data} withTyped={withTyped} />}
      {error && <ErrorNotice title="It was not tried" error={error} />}
      {!data && !error && <Text color="fg.muted">Tried with what stands in the fields, saved or not.</Text>}
    </Card>
  );
}

function Report({ report: { outcome, message, latency_ms: latency, details }, withTyped }: { report: ConnectionReport; withTyped: boolean }) {
  return (
    <Notice tone={TONES[outcome]} title={TITLES[outcome]}>
      <Text overflowWrap="anywhere">{message}</Text>
      {details.map((detail) => (
        <Text key={detail}>{detail}</Text>
      ))}
      <Text textStyle="xs" color="fg.muted">
        {[latency !== null && `answered in ${formatCount(latency)} ms`, withTyped && "with what is not saved yet"].filter(Boolean).join(" · ")}
      </Text>
    </Notice>
  );
}

/** The unsaved values of its settings, as saving would send them. */
function typedFor({ names }: Connection, fields: SettingField[]): SettingChanges {
  const { drafts } = draftStore.get();
  const changes = fields.filter(({ setting }) => names.includes(setting.name)).map((field) => changeOf(field, drafts[field.setting.name]));
  return Object.fromEntries(changes.flatMap((change) => (change?.value === undefined ? [] : [[change.field.setting.name, change.value]])));
}
