import { Button, Text } from "@chakra-ui/react";
import { Download } from "lucide-react";

import { downloadAddress } from "@/api/adapters";
import { useContact } from "@/api/contact";
import type { AdapterDetail } from "@/api/types";
import { Card } from "@/components/Card";
import { KeyValues } from "@/components/KeyValues";
import { formatBytes } from "@/lib/format";

/** What its folder holds, and the way to take all of it along. */
export function FilesCard({ detail: { adapter, files } }: { detail: AdapterDetail }) {
  const { lost } = useContact();
  const bytes = files.reduce((sum, { size_bytes: size }) => sum + size, 0);
  const download = files.length > 0 && (
    <Button size="xs" variant="outline" disabled={lost} onClick={() => window.location.assign(downloadAddress(adapter.name))}>
      <Download aria-hidden />
      Download, {formatBytes(bytes)}
    </Button>
  );
  return (
    <Card title="Files" aside={download}>
      <Text fontFamily="mono" fontSize="12px" color="fg.muted" overflowWrap="anywhere" mb="3">
        {adapter.path}
      </Text>
      {files.length > 0 ? (
        <KeyValues entries={files.map(({ name, size_bytes: size }) => [name, formatBytes(size)])} />
      ) : (
        <Text color="fg.muted">{adapter.size_bytes === null ? "The folder is not there." : "The folder lies outside the models folder: look at it there."}</Text>
      )}
    </Card>
  );
}
