import { useQuery } from "@tanstack/react-query";
import { Combine } from "lucide-react";
import { useSearchParams } from "react-router";

import { adaptersQuery } from "@/api/adapters";
import { jobKindsQuery } from "@/api/job-kinds";
import { jobQuery } from "@/api/jobs";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { valuesOfCopy } from "@/components/job-form/copy";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { MergeForm } from "@/features/merge/MergeForm";
import { useDocumentTitle } from "@/lib/use-document-title";

const KIND = "merge";

/** `/merge`; `/merge?adapter=<name>&adapter=…` with adapters chosen, `/merge?from=<job>` from another merge's settings. */
export default function MergePage() {
  useDocumentTitle("Merge");
  const [search] = useSearchParams();
  const from = search.get("from") ?? "";
  const named = search.getAll("adapter");
  const kinds = useQuery(jobKindsQuery);
  const adapters = useQuery(adaptersQuery);
  const origin = useQuery({ ...jobQuery(from), enabled: from !== "", staleTime: Infinity });
  const kind = kinds.data?.find((candidate) => candidate.kind === KIND);
  const failed = [kinds, adapters].find(({ isError, data }) => isError && !data);
  if (failed) return <ErrorNotice page title="The form could not be read" error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!kind || !adapters.data || (from !== "" && origin.isPending)) {
    return <Loading page heights={["52px", "260px", "220px", "120px"]} label="Loading the form" />;
  }
  const header = <PageHeader title="Merge" description={kind.description} />;
  if (adapters.data.adapters.length === 0) {
    return (
      <>
        {header}
        <EmptyState
          icon={Combine}
          title="Nothing to merge yet"
          hint="A merge takes adapters of one base model. Every finished training run makes one."
          action={<LinkButton to="/train">Train one</LinkButton>}
        />
      </>
    );
  }
  const start = { ...(origin.data && valuesOfCopy(origin.data.params)), ...(named.length > 0 && { adapters: named }) };
  return (
    <>
      {header}
      {origin.isError && <ErrorNotice title="The merge to copy from could not be read" error={origin.error} />}
      <MergeForm key={`${from} ${named.join()}`} kind={kind} adapters={adapters.data.adapters} start={start} />
    </>
  );
}
