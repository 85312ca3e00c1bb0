import { Text } from "@chakra-ui/react";
import { CircleAlert, CircleCheck, Download } from "lucide-react";

import type { BaseModelList } from "@/api/types";
import { formatBytes } from "@/lib/format";

/** `owner/name`, which the hub may know; a path begins otherwise. */
const HUB_ID = /^[\w][\w.-]*\/[\w][\w.-]*$/;

const LOOKS = {
  here: { icon: CircleCheck, color: "fg.muted" },
  away: { icon: Download, color: "fg.muted" },
  wrong: { icon: CircleAlert, color: "fg.error" },
};

interface ModelWhereaboutsProps {
  model: string;
  bases: BaseModelList;
}

/** Whether a run can start with the model at once, after a download, or not at all. */
export function ModelWhereabouts({ model, bases }: ModelWhereaboutsProps) {
  const found = whereabouts(model, bases);
  if (!found) return null;
  const { icon: Icon, color } = LOOKS[found.look];
  return (
    <Text role="status" display="flex" alignItems="center" gap="1.5" textStyle="xs" color={color}>
      <Icon size={13} aria-hidden />
      {found.sentence}
    </Text>
  );
}

function whereabouts(model: string, { models, may_download: mayDownload }: BaseModelList): { look: keyof typeof LOOKS; sentence: string } | null {
  const known = models.find(({ name }) => name === model);
  if (known?.problem) return { look: "wrong", sentence: known.problem };
  if (known?.is_here) return known.size_bytes === null ? null : { look: "here", sentence: `On this machine, ${formatBytes(known.size_bytes)}` };
  if (!known && !HUB_ID.test(model)) return null;
  if (mayDownload) return { look: "away", sentence: "Not on this machine: its download is queued first, and the run starts after it." };
  return { look: "wrong", sentence: "Not on this machine, and the service may not ask the hub for it (HF_HUB_OFFLINE)." };
}
