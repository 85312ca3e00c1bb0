import { Box, Button, Flex, NativeSelect, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useRef } from "react";

import { useContact } from "@/api/contact";
import { documentsQuery, useUploadDocument } from "@/api/documents";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ChosenList } from "@/components/job-form/ChosenList";
import { listed } from "@/components/job-form/listed";
import type { ControlProps } from "@/components/schema-form/controls";
import { formatBytes, formatCounted } from "@/lib/format";

/** Texts to write from: those that the service has, and files of this computer that are brought to it. */
export function DocumentsControl(props: ControlProps) {
  const { field, onBlur, ref } = props;
  const { lost } = useContact();
  const { data: documents = [] } = useQuery(documentsQuery);
  const { chosen, change, full } = listed(props);
  const uploading = useUploadDocument();
  const picker = useRef<HTMLInputElement>(null);
  const left = documents.filter(({ name }) => !chosen.includes(name));
  const bring = (file: File | undefined) => {
    if (file) uploading.mutate(file, { onSuccess: ({ name }) => change([...chosen, name]) });
  };
  return (
    <Stack w="full" gap="2">
      <ChosenList label={field.label} chosen={chosen} onChange={change} />
      <Flex gap="2" wrap="wrap">
        <NativeSelect.Root size="sm" flex="1" minW="12rem" disabled={full || left.length === 0}>
          <NativeSelect.Field
            ref={ref}
            name={field.name}
            bg="bg.panel"
            value=""
            onChange={({ target }) => target.value && change([...chosen, target.value])}
            onBlur={onBlur}
          >
            <option value="">{left.length === 0 ? "No other document is there" : "Add a document…"}</option>
            {left.map(({ name, size_bytes: size }) => (
              <option key={name} value={name}>
                {name} · {formatBytes(size)}
              </option>
            ))}
          </NativeSelect.Field>
          <NativeSelect.Indicator />
        </NativeSelect.Root>
        <Button type="button" size="sm" variant="outline" disabled={lost || full} loading={uploading.isPending} loadingText="Reading it…" onClick={() => picker.current?.click()}>
          <Upload aria-hidden /> Upload
        </Button>
        <input
          ref={picker}
          type="file"
          hidden
          aria-label="File to upload"
          onChange={({ target }) => {
            bring(target.files?.[0]);
            target.value = ""; // the same file can be chosen again after it was corrected
          }}
        />
      </Flex>
      <Box role="status">
        {uploading.data && (
          <Text textStyle="xs" color="fg.muted">
            {uploading.data.name} was read: {formatCounted(uploading.data.characters, "character")} in {formatCounted(uploading.data.pieces, "piece")}.
          </Text>
        )}
      </Box>
      {uploading.isError && <ErrorNotice title="The document was not taken" error={uploading.error} />}
    </Stack>
  );
}
