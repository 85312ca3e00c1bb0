import { Copy, Download, Pencil, Scissors, SlidersHorizontal, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useNavigate } from "react-router";

import { useContact } from "@/api/contact";
import { useDeduplicate, useDeleteDataset } from "@/api/dataset-changes";
import { downloadAddress } from "@/api/datasets";
import { toProblem } from "@/api/problem";
import type { Dataset } from "@/api/types";
import { ActionMenu, type MenuItem } from "@/components/ActionMenu";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { toast } from "@/components/toasts";
import { useChangeToast } from "@/features/datasets/use-undo";
import { formatBytes, formatCounted } from "@/lib/format";

const RenameDialog = lazy(() => import("@/features/datasets/RenameDialog"));
const SplitDialog = lazy(() => import("@/features/datasets/SplitDialog"));

const FORMS = [
  ["original", "as it is"],
  ["json", "as JSON"],
  ["jsonl", "as JSON Lines"],
  ["csv", "as CSV"],
] as const;

type Open = "rename" | "split" | "delete" | null;

/** Everything that can be done with a dataset as a whole. */
export function DatasetActions({ dataset, onGone }: { dataset: Dataset; onGone?: (name?: string) => void }) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const remove = useRemoval(dataset, onGone);
  const items = useItems(dataset, setOpen);
  return (
    <>
      <ActionMenu label={`Actions for ${dataset.name}`} items={items} />
      <Suspense>
        {open === "rename" && <RenameDialog dataset={dataset} onClose={close} onRenamed={onGone} />}
        {open === "split" && <SplitDialog dataset={dataset} onClose={close} />}
      </Suspense>
      <ConfirmDialog open={open === "delete"} title={`Delete ${dataset.name}?`} confirm="Delete" onConfirm={remove} onClose={close}>
        Its {formatBytes(dataset.size_bytes)} leave the data folder. It can be brought back for ten minutes. Adapters that learnt from it stay as they are.
      </ConfirmDialog>
    </>
  );
}

function useItems(dataset: Dataset, open: (what: Open) => void): MenuItem[] {
  const { lost } = useContact();
  const deduplicate = useDeduplication(dataset);
  const busy = { disabled: lost || dataset.in_use, why: dataset.in_use ? "A job that has not ended reads it" : "The service does not answer" };
  const unread = { disabled: lost || dataset.examples === null, why: "Its records cannot be read" };
  return [
    { label: "Train on this", icon: SlidersHorizontal, to: `/train?dataset_path=${encodeURIComponent(dataset.path)}`, disabled: unread.disabled, why: unread.why },
    { label: "Split…", icon: Scissors, onSelect: () => open("split"), ...unread },
    { label: "Remove duplicates", icon: Copy, onSelect: deduplicate, ...unread },
    ...FORMS.map(([form, words]) => ({
      label: `Download ${words}`,
      icon: Download,
      onSelect: () => window.location.assign(downloadAddress(dataset.name, form)),
      disabled: lost,
    })),
    { label: "Rename…", icon: Pencil, onSelect: () => open("rename"), ...busy },
    { label: "Delete…", icon: Trash2, onSelect: () => open("delete"), tone: "danger", ...busy },
  ];
}

function useRemoval(dataset: Dataset, onGone: ((name?: string) => void) | undefined) {
  const removal = useDeleteDataset();
  const changed = useChangeToast();
  const navigate = useNavigate();
  return () =>
    removal.mutate(dataset, {
      onSuccess: ({ undo }) => {
        changed(`${dataset.name} is deleted`, undo, onGone && (() => void navigate(`/datasets/${encodeURIComponent(dataset.name)}`)));
        onGone?.();
      },
      onError: (error) => toast({ title: `${dataset.name} was not deleted`, description: toProblem(error).message, tone: "error" }),
    });
}

function useDeduplication(dataset: Dataset) {
  const removal = useDeduplicate();
  const changed = useChangeToast();
  return () =>
    removal.mutate(
      { seen: dataset, near: false },
      {
        onSuccess: ({ removed, undo }) => changed(`${formatCounted(removed, "duplicate")} removed from ${dataset.name}`, undo),
        onError: (error) => toast({ title: "Nothing was removed", description: toProblem(error).message, tone: "info" }),
      },
    );
}
