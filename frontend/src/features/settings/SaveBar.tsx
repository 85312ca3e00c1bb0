import { Box, Button, chakra, Flex, Text } from "@chakra-ui/react";
import { useState } from "react";

import { useContact } from "@/api/contact";
import { type Change, draftStore } from "@/features/settings/drafts";
import styles from "@/features/settings/settings.module.css";
import { formatCounted } from "@/lib/format";

const Summary = chakra("button", {
  base: { fontWeight: "medium", cursor: "pointer", minH: "6", borderRadius: "xs", textDecoration: "underline", textUnderlineOffset: "3px", focusVisibleRing: "outside" },
});

interface SaveBarProps {
  changes: Change[];
  /** Those of the part that is looked at, where there are others too. */
  here: Change[];
  saving: boolean;
  onSave: (changes: Change[]) => void;
}

/** What is not saved, and the way to save or drop it; it stays in sight. */
export function SaveBar({ changes, here, saving, onSave }: SaveBarProps) {
  const { lost } = useContact();
  const [open, setOpen] = useState(false);
  if (changes.length === 0) return null;
  const some = here.length > 0 && here.length < changes.length;
  return (
    <Box as="section" aria-label="Unsaved changes" className={styles.bar}>
      <Flex align="center" gap="3" wrap="wrap">
        <Summary type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {formatCounted(changes.length, "change")}
        </Summary>
        <Flex gap="2" ms="auto" wrap="wrap">
          <Button size="sm" variant="outline" onClick={() => draftStore.forget(changes.map(({ field }) => field.setting.name))}>
            Discard
          </Button>
          {some && (
            <Button size="sm" variant="outline" disabled={lost} loading={saving} onClick={() => onSave(here)}>
              Save this part ({here.length})
            </Button>
          )}
          <Button size="sm" disabled={lost} loading={saving} onClick={() => onSave(changes)}>
            {changes.length > 1 ? "Save all" : "Save"}
          </Button>
        </Flex>
      </Flex>
      {open && <Differences changes={changes} />}
    </Box>
  );
}

function Differences({ changes }: { changes: Change[] }) {
  return (
    <Box as="ul" mt="3" maxH="40vh" overflowY="auto" listStyleType="none" tabIndex={0} aria-label="What changes">
      {changes.map(({ field, before, after }) => (
        <Box as="li" key={field.setting.name} py="1" overflowWrap="anywhere">
          <Text as="span" fontWeight="medium">
            {field.spec.label}
          </Text>
          {": "}
          <Text as="span" color="fg.muted" textDecoration="line-through">
            {before}
          </Text>
          {" → "}
          {after}
        </Box>
      ))}
    </Box>
  );
}
