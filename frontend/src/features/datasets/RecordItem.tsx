import { chakra, Flex, Text } from "@chakra-ui/react";
import { Pencil, Trash2 } from "lucide-react";
import { lazy, memo, Suspense, useState } from "react";

import { useContact } from "@/api/contact";
import { useDeleteRecords } from "@/api/dataset-changes";
import { toProblem } from "@/api/problem";
import type { Dataset, PreviewRow } from "@/api/types";
import { RowRaw } from "@/components/dataset-rows/RowRaw";
import { RowTalk } from "@/components/dataset-rows/RowTalk";
import { RowText } from "@/components/dataset-rows/RowText";
import { RowTokens } from "@/components/dataset-rows/RowTokens";
import { IconAction } from "@/components/IconAction";
import { toast } from "@/components/toasts";
import type { RecordView } from "@/features/datasets/RecordsTab";
import { useChangeToast } from "@/features/datasets/use-undo";

const EditDialog = lazy(() => import("@/features/datasets/EditDialog"));

const Item = chakra("li", {
  base: { bg: "bg.panel", borderWidth: "1px", borderRadius: "lg", px: "4", py: "3", minW: "0", focusVisibleRing: "outside" },
});

interface RecordItemProps {
  dataset: Dataset;
  /** Of the file that is shown. */
  version: string;
  row: PreviewRow;
  view: RecordView;
  maxLength: number | undefined;
}

/** A record in the chosen view. On the record itself j and k move on, e edits it, and Delete takes it out. */
export const RecordItem = memo(function RecordItem({ dataset, version, row, view, maxLength }: RecordItemProps) {
  const { lost } = useContact();
  const [editing, setEditing] = useState(false);
  const seen = { name: dataset.name, version };
  const { remove, busy } = useRemoval(seen, row.index);
  const blocked = lost || busy;
  const onKeyDown = (event: React.KeyboardEvent<HTMLLIElement>) => {
    const { key, currentTarget, target } = event;
    if (target !== currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "j" || key === "k") focusOn(key === "j" ? currentTarget.nextElementSibling : currentTarget.previousElementSibling);
    else if (blocked) return;
    else if (key === "e") setEditing(true);
    else if (key === "Delete") remove();
    else return;
    event.preventDefault();
  };
  return (
    <Item tabIndex={0} aria-label={`Record ${row.index}`} aria-keyshortcuts="j k e Delete" aria-busy={busy} onKeyDown={onKeyDown}>
      <Flex align="center" gap="2" mb="2">
        <Text textStyle="xs" color="fg.muted" flex="1">
          Record {row.index}
        </Text>
        <IconAction label={`Edit record ${row.index}`} icon={Pencil} disabled={blocked} onClick={() => setEditing(true)} />
        <IconAction label={`Delete record ${row.index}`} icon={Trash2} disabled={blocked} onClick={remove} />
      </Flex>
      <View row={row} view={view} maxLength={maxLength} />
      {editing && (
        <Suspense>
          <EditDialog seen={seen} index={row.index} raw={row.raw} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </Item>
  );
});

function View({ row, view, maxLength }: Pick<RecordItemProps, "row" | "view" | "maxLength">) {
  if (view === "raw") return <RowRaw index={row.index} raw={row.raw} />;
  if (view === "text" || (view === "tokens" && !row.tokens)) return <RowText row={row} maxHeight="28rem" />;
  if (view === "tokens" && row.tokens) return <RowTokens index={row.index} tokens={row.tokens} maxLength={maxLength} />;
  return <RowTalk row={row} />;
}

function useRemoval(seen: { name: string; version: string }, index: number) {
  const removal = useDeleteRecords();
  const changed = useChangeToast();
  const remove = () =>
    removal.mutate(
      { seen, indices: [index] },
      {
        onSuccess: ({ undo }) => changed(`Record ${index} is deleted`, undo),
        onError: (error) => toast({ title: `Record ${index} was not deleted`, description: toProblem(error).message, tone: "error" }),
      },
    );
  return { remove, busy: removal.isPending };
}

function focusOn(element: Element | null) {
  if (element instanceof HTMLElement) element.focus();
}
