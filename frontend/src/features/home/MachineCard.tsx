import { Box, Stack, Text } from "@chakra-ui/react";

import type { Gpu, Load } from "@/api/types";
import { Card } from "@/components/Card";
import { Gauge } from "@/features/home/Gauge";
import { formatBytes, formatCounted, formatFixed } from "@/lib/format";

/** From here on something will soon fail for want of it. */
const DISK_LOW_BYTES = 5e9;
const MEMORY_LOW_SHARE = 0.05;

/** How much of the machine is in use. A GPU's memory is meant to be full: it never warns. */
export function MachineCard({ load, gpus }: { load: Load; gpus: Gpu[] }) {
  const memoryUsed = load.memory_total_bytes - load.memory_available_bytes;
  const diskUsed = load.disk_total_bytes - load.disk_free_bytes;
  return (
    <Card title="Machine">
      <Stack gap="4">
        {gpus.map((gpu) => (
          <GpuGauges key={gpu.index} gpu={gpu} />
        ))}
        <Gauge label="CPU" share={load.cpu_percent / 100} figure={`${formatFixed(load.cpu_percent, 0)} % of ${formatCounted(load.cpu_count, "core")}`} />
        <Gauge
          label="Memory"
          share={memoryUsed / load.memory_total_bytes}
          figure={`${formatBytes(memoryUsed)} of ${formatBytes(load.memory_total_bytes)}`}
          warning={load.memory_available_bytes < MEMORY_LOW_SHARE * load.memory_total_bytes ? "Almost full: a run may be ended by the system." : null}
        />
        <Gauge
          label="Disk"
          share={diskUsed / load.disk_total_bytes}
          figure={`${formatBytes(load.disk_free_bytes)} free`}
          warning={load.disk_free_bytes < DISK_LOW_BYTES ? "Almost full: checkpoints may find no room." : null}
        />
        {gpus.length === 0 && (
          <Text textStyle="xs" color="fg.muted">
            No GPU: runs use the processor, which suits the built-in model and small ones.
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function GpuGauges({ gpu }: { gpu: Gpu }) {
  const { name, memory_used_bytes: used, memory_total_bytes: total, utilization_percent: work } = gpu;
  const more = extrasOf(gpu);
  return (
    <Box>
      <Text fontWeight="medium" mb="2" truncate title={name}>
        {name}
      </Text>
      <Stack gap="3">
        <Gauge label="GPU memory" share={used / total} figure={`${formatBytes(used)} of ${formatBytes(total)}`} />
        {work !== null && <Gauge label="GPU" share={work / 100} figure={`${formatFixed(work, 0)} %`} />}
        {more && (
          <Text textStyle="xs" color="fg.muted">
            {more}
          </Text>
        )}
      </Stack>
    </Box>
  );
}

/** "41 °C · 88 of 400 W", as far as the driver tells. */
function extrasOf({ temperature_celsius: celsius, power_watts: watts, power_limit_watts: limit }: Gpu): string {
  const power = watts == null ? null : `${formatFixed(watts, 0)}${limit == null ? "" : ` of ${formatFixed(limit, 0)}`} W`;
  return [celsius == null ? null : `${formatFixed(celsius, 0)} °C`, power].filter((part) => part !== null).join(" · ");
}
