import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { datasetsQuery } from "@/api/datasets";
import { jobKindsQuery } from "@/api/job-kinds";
import { jobQuery } from "@/api/jobs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { EvaluateForm } from "@/features/evaluate/EvaluateForm";
import { startFrom } from "@/features/evaluate/start";
import { useDocumentTitle } from "@/lib/use-document-title";

const KIND = "evaluate";

/**
 * `/evaluate`; `?model=<name>&model=…&dataset=<name>` with models and questions chosen, `?predictions=<file>` with
 * answers that exist, `?from=<job>` from another evaluation's settings.
 */
export default function EvaluatePage() {
  useDocumentTitle("Evaluate");
  const [search] = useSearchParams();
  const [from, dataset] = [search.get("from") ?? "", search.get("dataset") ?? ""];
  const kinds = useQuery(jobKindsQuery);
  const datasets = useQuery({ ...datasetsQuery, enabled: dataset !== "" });
  const origin = useQuery({ ...jobQuery(from), enabled: from !== "", staleTime: Infinity });
  const kind = kinds.data?.find((candidate) => candidate.kind === KIND);
  if (kinds.isError) {
    return <ErrorNotice page title="The form could not be read" error={kinds.error} onRetry={() => void kinds.refetch()} />;
  }
  if (!kind || (from !== "" && origin.isPending) || (dataset !== "" && datasets.isPending)) {
    return <Loading page heights={["52px", "240px", "220px", "160px"]} label="Loading the form" />;
  }
  const path = datasets.data?.find(({ name }) => name === dataset)?.path;
  const start = startFrom(origin.data?.params, search, path);
  return (
    <>
      <PageHeader
        title="Evaluate"
        description={kind.description}
        actions={
          <LinkButton to="/evaluations" variant="outline">
            Leaderboard
          </LinkButton>
        }
      />
      {origin.isError && <ErrorNotice title="The evaluation to copy from could not be read" error={origin.error} />}
      <EvaluateForm key={search.toString()} kind={kind} start={start} />
    </>
  );
}
