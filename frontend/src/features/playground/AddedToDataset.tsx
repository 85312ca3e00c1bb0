import { Text } from "@chakra-ui/react";
import { useCallback, useState } from "react";

import type { Message, RecordAdded } from "@/api/types";
import { RouterLink } from "@/components/RouterLink";
import { Toast } from "@/components/Toast";
import { AddToDatasetDialog } from "@/features/playground/AddToDatasetDialog";
import { formatCounted } from "@/lib/format";

/** The dialog for an exchange, and afterwards the message of what became of it. */
export function AddedToDataset({ messages, onClose }: { messages: Message[] | null; onClose: () => void }) {
  const [added, setAdded] = useState<RecordAdded | null>(null);
  const close = useCallback(() => setAdded(null), []);
  const onAdded = (record: RecordAdded) => {
    setAdded(record);
    onClose();
  };
  return (
    <>
      {messages && <AddToDatasetDialog messages={messages} onClose={onClose} onAdded={onAdded} />}
      {added && (
        <Toast key={`${added.name} ${added.records}`} onClose={close}>
          <Text overflowWrap="anywhere">
            {added.name} has {formatCounted(added.records, "record")} now.
          </Text>
          <RouterLink to={`/train?dataset=${encodeURIComponent(added.name)}`} textDecoration="underline">
            Look at it and train on it
          </RouterLink>
        </Toast>
      )}
    </>
  );
}
