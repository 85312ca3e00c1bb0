import { Box, Flex, Stack, Text } from "@chakra-ui/react";
import { useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, LoaderCircle, X } from "lucide-react";
import { useEffect } from "react";

import { type Upload, uploads } from "@/api/dataset-uploads";
import { datasetsQuery } from "@/api/datasets";
import { Card } from "@/components/Card";
import { IconAction } from "@/components/IconAction";
import { ProgressBar } from "@/components/ProgressBar";
import { RouterLink } from "@/components/RouterLink";
import { formatBytes } from "@/lib/format";
import { useStore } from "@/lib/store";

/** The files on their way, and what became of those that were sent. */
export function UploadList() {
  const list = useStore(uploads);
  const queries = useQueryClient();
  useEffect(() => {
    uploads.onTaken = () => void queries.invalidateQueries({ queryKey: datasetsQuery.queryKey });
  }, [queries]);
  if (list.length === 0) return null;
  return (
    <Card title="Uploads">
      <Stack as="ul" gap="3" listStyleType="none">
        {list.map((upload) => (
          <UploadItem key={upload.key} upload={upload} />
        ))}
      </Stack>
    </Card>
  );
}

const LOOKS = {
  waiting: { icon: LoaderCircle, colour: "fg.muted" },
  sending: { icon: LoaderCircle, colour: "fg.muted" },
  reading: { icon: LoaderCircle, colour: "fg.muted" },
  done: { icon: CircleCheck, colour: "fg.success" },
  failed: { icon: CircleAlert, colour: "fg.error" },
};

function UploadItem({ upload }: { upload: Upload }) {
  const { key, name, sent, size, state } = upload;
  const { icon: Icon, colour } = LOOKS[state];
  const underway = state === "sending" || state === "reading";
  return (
    <Flex as="li" gap="3" align="flex-start">
      <Box color={colour} pt="1">
        <Icon size={16} aria-hidden />
      </Box>
      <Box flex="1" minW="0">
        <Text fontWeight="medium" overflowWrap="anywhere">
          {name}
        </Text>
        {underway && <ProgressBar percent={size > 0 ? (100 * sent) / size : 0} label={`Upload of ${name}`} />}
        <Text textStyle="xs" color={state === "failed" ? "fg.error" : "fg.muted"} whiteSpace="pre-wrap" overflowWrap="anywhere" role={state === "failed" ? "alert" : "status"}>
          <Words upload={upload} />
        </Text>
      </Box>
      <IconAction label={underway || state === "waiting" ? `Cancel the upload of ${name}` : `Clear ${name} from the list`} icon={X} onClick={() => uploads.remove(key)} />
    </Flex>
  );
}

function Words({ upload: { name, state, sent, size, words, isUnrecognised } }: { upload: Upload }) {
  if (state === "waiting") return "Waits for its turn.";
  if (state === "sending") return `${formatBytes(sent)} of ${formatBytes(size)}`;
  if (state === "reading") return "Sent; it is being read.";
  if (state === "failed") return words;
  return (
    <>
      {words} <RouterLink to={`/datasets/${encodeURIComponent(name)}`}>{isUnrecognised ? "Choose the columns" : "Look at it"}</RouterLink>
    </>
  );
}
