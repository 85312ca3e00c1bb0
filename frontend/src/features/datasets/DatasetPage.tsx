import { Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { useNavigate, useParams } from "react-router";

import { datasetsQuery } from "@/api/datasets";
import type { Dataset } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { Notice } from "@/components/Notice";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { ColumnsCard } from "@/features/datasets/ColumnsCard";
import { DatasetActions } from "@/features/datasets/DatasetActions";
import { DatasetTabs } from "@/features/datasets/DatasetTabs";
import { LengthsTab } from "@/features/datasets/LengthsTab";
import { ProblemsTab } from "@/features/datasets/ProblemsTab";
import { RecordsTab } from "@/features/datasets/RecordsTab";
import { RepetitionTab } from "@/features/datasets/RepetitionTab";
import { addressIn, type TabId, TABS } from "@/features/datasets/tabs";
import { formatBytes, formatCounted } from "@/lib/format";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/datasets/:name` and its tabs: one dataset as a person and as the model sees it. */
export default function DatasetPage() {
  const { name = "", tab = "records" } = useParams();
  useDocumentTitle(name);
  const { data, error, isPending } = useQuery(datasetsQuery);
  const dataset = data?.find((candidate) => candidate.name === name);
  const known = TABS.find(({ id }) => id === tab)?.id;
  if (dataset && known) return <Details dataset={dataset} tab={known} />;
  if (isPending) return <Loading page heights={["64px", "40px", "420px"]} label="Loading the dataset" />;
  if (error) return <ErrorNotice page title="The dataset could not be read" error={error} />;
  return (
    <EmptyState
      page
      icon={FileQuestion}
      title={dataset ? "There is no such view" : `No dataset ${name}`}
      hint={dataset ? "A dataset has records, lengths, problems, duplicates and columns." : "It may have been renamed or deleted."}
      action={<LinkButton to={dataset ? addressIn(name) : "/datasets"}>{dataset ? "See its records" : "See all datasets"}</LinkButton>}
    />
  );
}

function Details({ dataset, tab }: { dataset: Dataset; tab: TabId }) {
  return (
    <>
      <Header dataset={dataset} />
      <Stack gap="4">
        {dataset.is_unrecognised && <ColumnsCard dataset={dataset} />}
        {dataset.problem && !dataset.is_unrecognised && (
          <Notice tone="error" title="This file cannot be read">
            <Text whiteSpace="pre-wrap" overflowWrap="anywhere">
              {dataset.problem}
            </Text>
          </Notice>
        )}
        {!dataset.problem && (
          <>
            <DatasetTabs dataset={dataset} tab={tab} />
            <Tab dataset={dataset} tab={tab} />
          </>
        )}
      </Stack>
    </>
  );
}

function Tab({ dataset, tab }: { dataset: Dataset; tab: TabId }) {
  if (tab === "lengths") return <LengthsTab dataset={dataset} />;
  if (tab === "problems") return <ProblemsTab dataset={dataset} />;
  if (tab === "duplicates") return <RepetitionTab dataset={dataset} />;
  if (tab === "columns") return <ColumnsCard dataset={dataset} />;
  return <RecordsTab dataset={dataset} />;
}

function Header({ dataset }: { dataset: Dataset }) {
  const navigate = useNavigate();
  const { name, path, examples, format, size_bytes: size, used_by: uses } = dataset;
  const facts = [
    examples !== null && formatCounted(examples, "example"),
    format,
    formatBytes(size),
    uses > 0 && `read by ${formatCounted(uses, "job")}`,
  ];
  return (
    <PageHeader
      title={name}
      description={facts.filter(Boolean).join(" · ")}
      actions={
        <>
          {examples !== null && <LinkButton to={`/train?dataset_path=${encodeURIComponent(path)}`}>Train on this</LinkButton>}
          <DatasetActions dataset={dataset} onGone={(to) => void navigate(to ? addressIn(to) : "/datasets", { replace: true })} />
        </>
      }
    />
  );
}
