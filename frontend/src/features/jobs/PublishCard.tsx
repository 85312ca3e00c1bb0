import { Button, Flex, Stack, Text } from "@chakra-ui/react";

import { useContact } from "@/api/contact";
import { usePublish } from "@/api/generated-rows";
import type { JobDetail } from "@/api/types";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { InlineCode } from "@/components/InlineCode";
import { Notice } from "@/components/Notice";
import { LinkButton } from "@/components/RouterLink";
import { isKept, partOf } from "@/components/rows/review";
import type { RowsFeed } from "@/components/rows/rows-feed";
import { formatCounted } from "@/lib/format";
import { useStore } from "@/lib/store";

/** The dataset that the run has made, or can still become with what a person has decided. */
export function PublishCard({ job, feed }: { job: JobDetail; feed: RowsFeed }) {
  const { lost } = useContact();
  const { rows } = useStore(feed);
  const publishing = usePublish(job.job_id);
  const kept = rows.filter(isKept).length;
  const decided = partOf(rows, "decided").length;
  const made = publishing.data?.dataset ?? datasetOf(job);
  return (
    <Card title="Dataset">
      <Stack gap="3">
        {made ? (
          <Text>
            It lies in the data folder as <InlineCode text={`\`${made}\``} />.
          </Text>
        ) : (
          <Text>No dataset was made of it yet: {formatCounted(kept, "record")} would be in it.</Text>
        )}
        {job.result?.mock === true && (
          <Notice tone="warning">
            <Text>These records were made up in test mode: nothing can be learnt from them.</Text>
          </Notice>
        )}
        {decided > 0 && (
          <Text color="fg.muted">
            You have decided on {formatCounted(decided, "record")}. Publishing makes a dataset of the {formatCounted(kept, "record")} that are kept now.
          </Text>
        )}
        <Flex gap="2" wrap="wrap">
          {made && <LinkButton to={`/train?dataset=${encodeURIComponent(made)}`}>Train on it</LinkButton>}
          {(!made || decided > 0) && (
            <Button size="sm" variant={made ? "outline" : "solid"} disabled={lost || kept === 0} loading={publishing.isPending} onClick={() => publishing.mutate()}>
              {made ? "Publish with your decisions" : "Publish"}
            </Button>
          )}
        </Flex>
        {publishing.isError && <ErrorNotice title="It was not published" error={publishing.error} />}
      </Stack>
    </Card>
  );
}

/** The dataset's name, as the run itself has told it. */
function datasetOf({ result }: JobDetail): string | null {
  const path = result?.dataset ?? result?.path;
  return typeof path === "string" ? (path.split("/").at(-1) ?? null) : null;
}
