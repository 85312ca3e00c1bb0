import { Box, Text } from "@chakra-ui/react";
import { Link } from "react-router";

import type { Change } from "@/features/settings/drafts";
import type { Part } from "@/features/settings/parts";
import styles from "@/features/settings/settings.module.css";
import { formatCounted } from "@/lib/format";

interface PartListProps {
  parts: Part[];
  current: string | undefined;
  changes: Change[];
  /** The search, which a link takes along. */
  query: string;
}

/** The parts of the settings, each with the number of its unsaved changes. */
export function PartList({ parts, current, changes, query }: PartListProps) {
  return (
    <Box as="nav" aria-label="Parts of the settings" minW="0">
      <div className={styles.parts}>
        {parts.map((part, index) => (
          <PartLink key={part.id} part={part} current={current} changes={changes} query={query} isFirstOfRuns={part.ofRuns && !parts[index - 1]?.ofRuns} />
        ))}
      </div>
    </Box>
  );
}

interface PartLinkProps extends Pick<PartListProps, "current" | "changes" | "query"> {
  part: Part;
  isFirstOfRuns: boolean;
}

function PartLink({ part, current, changes, query, isFirstOfRuns }: PartLinkProps) {
  const own = changes.filter(({ field }) => field.setting.section === part.id).length;
  return (
    <>
      {isFirstOfRuns && (
        <Text textStyle="xs" color="fg.muted" px="2.5" pt="3" pb="1" display={{ base: "none", lg: "block" }}>
          Defaults of runs
        </Text>
      )}
      <Link to={`/settings/${part.id}${query}`} className={styles.part} aria-current={part.id === current ? "page" : undefined}>
        {part.title}
        {own > 0 && (
          <span className={styles.count} aria-label={`${formatCounted(own, "change")} not saved`} role="img">
            {own}
          </span>
        )}
      </Link>
    </>
  );
}
