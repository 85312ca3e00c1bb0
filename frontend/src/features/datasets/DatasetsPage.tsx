import { Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Database } from "lucide-react";

import { datasetsQuery } from "@/api/datasets";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { DatasetTable } from "@/features/datasets/DatasetTable";
import { DropArea } from "@/features/datasets/DropArea";
import { UploadButton } from "@/features/datasets/UploadButton";
import { UploadList } from "@/features/datasets/UploadList";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/datasets`: what can be learnt from. Files may be dropped anywhere on the page. */
export default function DatasetsPage() {
  useDocumentTitle("Datasets");
  const { data, error, isPending, refetch } = useQuery(datasetsQuery);
  return (
    <DropArea>
      <PageHeader
        title="Datasets"
        description="What can be learnt from. Drop files anywhere on this page."
        actions={
          <>
            <LinkButton to="/generate" variant="outline">
              Generate one
            </LinkButton>
            <UploadButton />
          </>
        }
      />
      <Stack gap="4">
        <UploadList />
        {isPending && <Loading heights={["220px"]} label="Loading the datasets" />}
        {error && !data && <ErrorNotice title="The datasets could not be read" error={error} onRetry={() => void refetch()} />}
        {data?.length === 0 && <NoDatasets />}
        {data && data.length > 0 && <DatasetTable datasets={data} />}
      </Stack>
    </DropArea>
  );
}

function NoDatasets() {
  return (
    <EmptyState
      icon={Database}
      title="No datasets yet"
      hint="Upload questions with their answers as JSON, JSON Lines, CSV or Parquet, or have a language model write some."
      action={
        <Stack direction="row" gap="2" justify="center" wrap="wrap">
          <UploadButton />
          <LinkButton to="/generate" variant="outline">
            Generate one
          </LinkButton>
        </Stack>
      }
    />
  );
}
