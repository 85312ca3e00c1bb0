import { chakra } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { lineageQuery } from "@/api/adapters";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { around } from "@/features/adapters/lineage";
import styles from "@/features/adapters/lineage.module.css";
import { LineageGraph } from "@/features/adapters/LineageGraph";
import { LineageList } from "@/features/adapters/LineageList";
import { useMedia } from "@/lib/use-media";

const Summary = chakra("summary", {
  base: { cursor: "pointer", color: "fg.muted", borderRadius: "xs", focusVisibleRing: "outside", w: "fit-content", minH: "6", mt: "3", _hover: { color: "fg" } },
});

const NARROW = "(max-width: 720px)";

/** What the adapter came of and what came of it: drawn where there is room, told in words for everybody. */
export function LineageCard({ name }: { name: string }) {
  const { data, error } = useQuery(lineageQuery);
  const narrow = useMedia(NARROW);
  const focus = `adapter:${name}`;
  if (error && !data) return <ErrorNotice title="The lineage could not be read" error={error} />;
  if (!data) return <Card title="Lineage" minH="160px" aria-busy />;
  const part = around(data, focus);
  if (part.edges.length === 0) return null;
  return (
    <Card title="Lineage">
      {!narrow && (
        <div className={styles.frame}>
          <LineageGraph lineage={part} focus={focus} />
        </div>
      )}
      <details open={narrow || undefined}>
        <Summary>In words</Summary>
        <LineageList lineage={part} focus={focus} />
      </details>
    </Card>
  );
}
