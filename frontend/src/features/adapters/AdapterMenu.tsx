import { Text } from "@chakra-ui/react";
import { Combine, Download, Gauge, MessageSquareText, Pencil, Share, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { downloadAddress, useDeleteAdapter } from "@/api/adapters";
import { useContact } from "@/api/contact";
import { toProblem } from "@/api/problem";
import type { Adapter } from "@/api/types";
import { ActionMenu, type MenuItem } from "@/components/ActionMenu";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { toast } from "@/components/toasts";
import { evaluateAddress, mergeAddress, playgroundAddress } from "@/features/adapters/addresses";
import { RenameDialog } from "@/features/adapters/RenameDialog";
import { formatBytes } from "@/lib/format";

const ExportDialog = lazy(() => import("@/features/adapters/ExportDialog"));

interface AdapterMenuProps {
  adapter: Adapter;
  /** Once it has another name. */
  onRenamed?: (name: string) => void;
  /** Once it is gone. */
  onDeleted?: () => void;
}

/** What can be done with an adapter. */
export function AdapterMenu({ adapter, onRenamed, onDeleted }: AdapterMenuProps) {
  const [open, setOpen] = useState<"rename" | "export" | "delete" | null>(null);
  const { lost } = useContact();
  const { mutateAsync } = useDeleteAdapter();
  const remove = async () => {
    try {
      await mutateAsync(adapter.name);
      toast({ title: `${adapter.name} is deleted`, description: freed(adapter.size_bytes) });
      onDeleted?.();
    } catch (failure) {
      toast({ title: `${adapter.name} was not deleted`, description: toProblem(failure).message, tone: "error" });
    }
  };
  const items = itemsFor(adapter, { lost, onRename: () => setOpen("rename"), onExport: () => setOpen("export"), onDelete: () => setOpen("delete") });
  return (
    <>
      <ActionMenu label={`Actions for ${adapter.name}`} items={items} />
      {open === "rename" && <RenameDialog adapter={adapter} onClose={() => setOpen(null)} onRenamed={onRenamed} />}
      {open === "export" && (
        <Suspense>
          <ExportDialog name={adapter.name} onClose={() => setOpen(null)} />
        </Suspense>
      )}
      <ConfirmDialog open={open === "delete"} title={`Delete ${adapter.name}?`} confirm="Delete" onConfirm={() => void remove()} onClose={() => setOpen(null)}>
        <Text>It leaves the registry, and its files are removed from the disk. {freed(adapter.size_bytes)} This cannot be undone.</Text>
      </ConfirmDialog>
    </>
  );
}

function freed(bytes: number | null): string {
  return bytes === null ? "Its files are gone already." : `${formatBytes(bytes)} become free.`;
}

interface Acts {
  lost: boolean;
  onRename: () => void;
  onExport: () => void;
  onDelete: () => void;
}

function itemsFor(adapter: Adapter, { lost, onRename, onExport, onDelete }: Acts): MenuItem[] {
  const { name, problem, size_bytes: size } = adapter;
  const gone = size === null;
  const why = gone ? "Its files are missing." : "Nothing is loaded from its folder: its page says why.";
  const unusable = { disabled: gone || problem !== null, why };
  const away = { disabled: lost, why: "The service is away." };
  return [
    { label: "Try in the playground", icon: MessageSquareText, to: playgroundAddress(name), ...unusable },
    { label: "Evaluate", icon: Gauge, to: evaluateAddress(adapter), ...unusable },
    { label: "Merge with…", icon: Combine, to: mergeAddress(name), ...unusable },
    { label: "Rename…", icon: Pencil, onSelect: onRename, ...away },
    { label: "Download", icon: Download, onSelect: () => window.location.assign(downloadAddress(name)), disabled: gone || lost, why: gone ? why : away.why },
    { label: "Export…", icon: Share, onSelect: onExport, disabled: unusable.disabled || lost, why: unusable.disabled ? why : away.why },
    { label: "Delete…", icon: Trash2, tone: "danger", onSelect: onDelete, ...away },
  ];
}
