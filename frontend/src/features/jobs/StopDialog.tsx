import { Button, chakra, Stack, Text } from "@chakra-ui/react";
import { CirclePause, Flag, type LucideIcon } from "lucide-react";

import type { JobAction } from "@/api/jobs";
import type { JobDetail } from "@/api/types";
import { Dialog } from "@/components/Dialog";
import { finishWords, stopWords } from "@/features/jobs/ending";

interface StopDialogProps {
  job: JobDetail;
  open: boolean;
  act: (what: JobAction) => void;
  onClose: () => void;
}

/** The two ways to end a training run in order, each with what comes of it. */
export function StopDialog({ job, open, act, onClose }: StopDialogProps) {
  const chosen = (what: JobAction) => () => {
    onClose();
    act(what);
  };
  if (!open) return null;
  const keepOn = (
    <Button variant="outline" size="sm" onClick={onClose}>
      Let it run
    </Button>
  );
  return (
    <Dialog role="alertdialog" title={`Stop ${job.name}?`} footer={keepOn} onClose={onClose}>
      <Stack gap="3">
        <Way icon={Flag} title="Stop and save" words={finishWords(job)} onChoose={chosen("finish")} />
        <Way icon={CirclePause} title="Stop and keep the checkpoint" words={stopWords(job)} onChoose={chosen("cancel")} />
      </Stack>
    </Dialog>
  );
}

const Choice = chakra("button", {
  base: {
    display: "flex",
    gap: "3",
    alignItems: "flex-start",
    textAlign: "start",
    px: "4",
    py: "3",
    borderWidth: "1px",
    borderRadius: "lg",
    cursor: "pointer",
    focusVisibleRing: "outside",
    _hover: { bg: "bg.muted" },
    "& svg": { flexShrink: 0, mt: "0.5", color: "fg.muted" },
  },
});

interface WayProps {
  icon: LucideIcon;
  title: string;
  words: string;
  onChoose: () => void;
}

function Way({ icon: Icon, title, words, onChoose }: WayProps) {
  return (
    <Choice type="button" onClick={onChoose}>
      <Icon size={18} aria-hidden />
      <span>
        <Text as="span" display="block" fontWeight="semibold">
          {title}
        </Text>
        <Text as="span" color="fg.muted">
          {words}
        </Text>
      </span>
    </Choice>
  );
}
