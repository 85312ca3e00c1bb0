import type { Message, RecordAdded } from "@/api/types";
import { toast } from "@/components/toasts";
import { AddToDatasetDialog } from "@/features/playground/AddToDatasetDialog";
import { formatCounted } from "@/lib/format";

/** The dialog for an exchange, and afterwards the message of what became of it. */
export function AddedToDataset({ messages, onClose }: { messages: Message[] | null; onClose: () => void }) {
  const onAdded = ({ name, records }: RecordAdded) => {
    toast({
      title: `${name} has ${formatCounted(records, "record")} now.`,
      action: { label: "Look at it and train on it", to: `/train?dataset=${encodeURIComponent(name)}` },
    });
    onClose();
  };
  return messages && <AddToDatasetDialog messages={messages} onClose={onClose} onAdded={onAdded} />;
}
