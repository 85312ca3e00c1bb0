import { Button, Flex, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";

import { useContact } from "@/api/contact";
import { Pager } from "@/components/Pager";
import { RouterLink } from "@/components/RouterLink";
import { addressIn } from "@/features/datasets/tabs";

const PAGE = 10;
const MOST_NAMED = 12;

export interface Group {
  indices: number[];
  note?: string;
}

interface GroupListProps {
  name: string;
  groups: Group[];
  busy: boolean;
  onKeepFirst: (indices: number[]) => void;
}

/** Groups of records that say the same, each record a link. */
export function GroupList({ name, groups, busy, onKeepFirst }: GroupListProps) {
  const { lost } = useContact();
  const [offset, setOffset] = useState(0);
  const first = Math.min(offset, Math.max(0, Math.ceil(groups.length / PAGE) - 1) * PAGE);
  if (groups.length === 0) return null;
  return (
    <Stack gap="2">
      <Stack as="ul" gap="2" listStyleType="none">
        {groups.slice(first, first + PAGE).map(({ indices, note }) => (
          <Flex as="li" key={indices.join()} gap="3" align="center" justify="space-between" wrap="wrap">
            <Text>
              Records <RecordLinks name={name} indices={indices} />
              {note && (
                <Text as="span" color="fg.muted">
                  {" "}
                  · {note}
                </Text>
              )}
            </Text>
            <Button size="2xs" variant="ghost" disabled={lost || busy} aria-label={`Keep the first, record ${indices[0]}, and delete the others`} onClick={() => onKeepFirst(indices)}>
              Keep the first
            </Button>
          </Flex>
        ))}
      </Stack>
      <Pager offset={first} size={PAGE} total={groups.length} noun="group" onGo={setOffset} />
    </Stack>
  );
}

export function RecordLinks({ name, indices }: { name: string; indices: number[] }) {
  return (
    <>
      {indices.slice(0, MOST_NAMED).map((index, at) => (
        <span key={index}>
          {at > 0 && ", "}
          <RouterLink to={addressIn(name, "records", `record=${index}`)} textDecoration="underline">
            {index}
          </RouterLink>
        </span>
      ))}
      {indices.length > MOST_NAMED && ` and ${indices.length - MOST_NAMED} more`}
    </>
  );
}
