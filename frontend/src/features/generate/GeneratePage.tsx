import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { jobKindsQuery } from "@/api/job-kinds";
import { jobQuery } from "@/api/jobs";
import type { JsonObject } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { GenerateForm } from "@/features/generate/GenerateForm";
import { useDocumentTitle } from "@/lib/use-document-title";

const KIND = "generate";

/** What belongs to one run alone: its place, its name, and what it went on from. */
const OWN = ["output_path", "name", "resume", "sample"];

/** `/generate`; `?from=<job>` starts from another run's settings, `?sample=<job>` from those of a sample, which it shows. */
export default function GeneratePage() {
  useDocumentTitle("Generate a dataset");
  const [search] = useSearchParams();
  // Only the sample that the page was opened with: one that is written here has its settings from this very form.
  const [sample] = useState(search.get("sample") ?? "");
  const named = search.get("from") ?? "";
  const from = named || sample;
  const kinds = useQuery(jobKindsQuery);
  const origin = useQuery({ ...jobQuery(from), enabled: from !== "", staleTime: Infinity });
  const kind = kinds.data?.find((candidate) => candidate.kind === KIND);
  if (kinds.isError) {
    return <ErrorNotice page title="The form could not be read" error={kinds.error} onRetry={() => void kinds.refetch()} />;
  }
  if (!kind || (from !== "" && origin.isPending)) {
    return <Loading page heights={["52px", "240px", "220px", "160px"]} label="Loading the form" />;
  }
  return (
    <>
      <PageHeader title="Generate a dataset" description={kind.description} />
      {origin.isError && named !== "" && <ErrorNotice title="The run to copy from could not be read" error={origin.error} />}
      <GenerateForm key={named} kind={kind} start={origin.data && withoutOwn(origin.data.params)} />
    </>
  );
}

function withoutOwn(params: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !OWN.includes(name)));
}
