import { Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { aboutQuery, machineQuery } from "@/api/about";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { KeyValues } from "@/components/KeyValues";
import { Loading } from "@/components/Loading";
import type { SettingField } from "@/features/settings/fields";
import { formatBytes } from "@/lib/format";

/** What this is, where it runs, where it keeps things, and what it stands on. */
export function AboutView({ fields }: { fields: SettingField[] }) {
  const { data, error, refetch } = useQuery(aboutQuery);
  if (error && !data) return <ErrorNotice title="The versions could not be read" error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading heights={["160px", "240px"]} label="Loading the versions" />;
  return (
    <Stack gap="4">
      <Card title="QLoRA Fine-Tuning Pipeline">
        <KeyValues
          entries={[
            ["Version", data.version],
            ["Licence", data.licence],
            ["Python", data.python],
            ["System", data.platform],
            ["Training runs", data.training],
          ]}
        />
      </Card>
      <MachineCard />
      <Folders fields={fields} />
      <Card title="Packages">
        <KeyValues entries={data.packages.map(({ name, version, licence }) => [name, `${version} · ${licence ?? "licence in its files"}`])} />
      </Card>
    </Stack>
  );
}

function MachineCard() {
  const { data } = useQuery(machineQuery);
  if (!data) return null;
  const gpus = data.gpus.map(({ name, memory_total_bytes: total }) => `${name}, ${formatBytes(total)}`);
  return (
    <Card title="Machine">
      <KeyValues
        entries={[
          ["GPU", gpus.length > 0 ? gpus.join("; ") : "none"],
          ["Runs go to", data.device_sentence],
          ["Cores", String(data.cpu_count)],
          ["Memory", `${formatBytes(data.memory_total_bytes)}, ${formatBytes(data.memory_available_bytes)} free`],
          ["Disk", `${formatBytes(data.disk_total_bytes)}, ${formatBytes(data.disk_free_bytes)} free where models are written`],
        ]}
      />
    </Card>
  );
}

function Folders({ fields }: { fields: SettingField[] }) {
  const folders = fields.filter(({ setting }) => setting.section === "folders" && setting.value);
  if (folders.length === 0) return null;
  return (
    <Card title="Folders">
      <KeyValues entries={folders.map(({ setting, spec }) => [spec.label, <Text key={setting.name} fontFamily="mono" fontSize="13px">{String(setting.value)}</Text>])} />
    </Card>
  );
}
