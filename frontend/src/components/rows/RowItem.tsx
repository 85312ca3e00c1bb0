import { Box, chakra, Flex, Text } from "@chakra-ui/react";
import { Check, CircleCheck, CircleX, Pencil, X } from "lucide-react";
import { memo, useState } from "react";

import { useContact } from "@/api/contact";
import type { Decision, GeneratedRow } from "@/api/generation-types";
import { toProblem } from "@/api/problem";
import { IconAction } from "@/components/IconAction";
import { Prose } from "@/components/Prose";
import { isKept, stateOf, textsOf } from "@/components/rows/review";
import { RowEditor } from "@/components/rows/RowEditor";
import type { RowsFeed } from "@/components/rows/rows-feed";
import { labelOf } from "@/components/schema-form/form-spec";
import { formatMetric } from "@/lib/format";

const Item = chakra("li", {
  base: {
    borderWidth: "1px",
    borderRadius: "md",
    px: "3",
    py: "2.5",
    focusVisibleRing: "outside",
    "&[data-dropped]": { bg: "bg.muted" },
  },
});

interface RowItemProps {
  row: GeneratedRow;
  /** From 1, in the order of arrival. */
  number: number;
  /** Takes the decisions; null where there is nothing to decide. */
  feed: RowsFeed | null;
}

/** A record with the decision on it. On the record itself the keys a, e and r accept, edit and reject it; j and k move on. */
export const RowItem = memo(function RowItem({ row, number, feed }: RowItemProps) {
  const { lost } = useContact();
  const [editing, setEditing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState("");
  const kept = isKept(row);
  const decide = async (decision: Decision) => {
    if (!feed) return;
    setBusy(true);
    setRefusal("");
    try {
      await feed.decide(row.id, decision);
      setEditing(false);
    } catch (error) {
      setRefusal(toProblem(error).message);
    } finally {
      setBusy(false);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLLIElement>) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, currentTarget } = event;
    if (key === "j" || key === "k") focusOn(key === "j" ? currentTarget.nextElementSibling : currentTarget.previousElementSibling);
    else if (!feed || lost || busy || editing) return;
    else if (key === "e") setEditing(true);
    else if (key === "a") void decide({ decision: "accept" });
    else if (key === "r") void decide({ decision: "reject" });
    else return;
    event.preventDefault();
  };
  return (
    <Item tabIndex={0} aria-label={`Record ${number}, ${stateOf(row)}`} aria-keyshortcuts={feed ? "a e r j k" : "j k"} aria-busy={busy} data-dropped={kept ? undefined : true} onKeyDown={onKeyDown}>
      <Flex align="center" gap="2" wrap="wrap" mb="2">
        <Box color={kept ? "fg.success" : "fg.error"}>{kept ? <CircleCheck size={15} aria-hidden /> : <CircleX size={15} aria-hidden />}</Box>
        <Text textStyle="xs" color="fg.muted" flex="1" minW="0" overflowWrap="anywhere">
          {[number, stateOf(row), row.subtopic, row.quality !== null && `quality ${formatMetric(row.quality)}`].filter(Boolean).join(" · ")}
        </Text>
        {feed && !editing && (
          <Flex gap="1">
            {!kept && <IconAction label={`Accept record ${number}`} icon={Check} disabled={lost || busy} onClick={() => void decide({ decision: "accept" })} />}
            <IconAction label={`Edit record ${number}`} icon={Pencil} disabled={lost || busy} onClick={() => setEditing(true)} />
            {kept && <IconAction label={`Reject record ${number}`} icon={X} disabled={lost || busy} onClick={() => void decide({ decision: "reject" })} />}
          </Flex>
        )}
      </Flex>
      {editing ? (
        <RowEditor row={row} number={number} busy={busy} onSave={(input, output) => void decide({ decision: "edit", input, output })} onClose={() => setEditing(false)} />
      ) : (
        <Texts row={row} />
      )}
      {row.detail && !editing && (
        <Text textStyle="xs" color="fg.muted" mt="2" overflowWrap="anywhere">
          {row.detail}
        </Text>
      )}
      {refusal && (
        <Text role="alert" color="fg.error" mt="2">
          {refusal}
        </Text>
      )}
    </Item>
  );
});

function focusOn(element: Element | null) {
  if (element instanceof HTMLElement) element.focus();
}

function Texts({ row }: { row: GeneratedRow }) {
  const { input, output, others } = textsOf(row);
  return (
    <Flex direction="column" gap="2">
      <Box fontWeight="medium">
        <Prose text={input || "(no input)"} formatted={false} />
      </Box>
      <Prose text={output || "(no output)"} formatted={false} />
      {others.map(([name, text]) => (
        <Text key={name} textStyle="xs" color="fg.muted" whiteSpace="pre-wrap" overflowWrap="anywhere">
          {labelOf(name)}: {text}
        </Text>
      ))}
    </Flex>
  );
}
