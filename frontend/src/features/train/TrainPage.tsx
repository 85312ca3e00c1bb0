import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { datasetsQuery } from "@/api/datasets";
import { jobKindsQuery } from "@/api/job-kinds";
import { jobQuery } from "@/api/jobs";
import type { JobKind } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { InPieces } from "@/components/InPieces";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { RouterLink } from "@/components/RouterLink";
import { valuesOfCopy } from "@/components/job-form/copy";
import { TrainForm } from "@/features/train/TrainForm";
import { useDocumentTitle } from "@/lib/use-document-title";

const KIND = "train";

/**
 * `/train`; `?from=<job>` starts from another run's settings, with `&remedy` changed as would have helped that run,
 * `?preset=<id>` from a preset, `?dataset=<name>` with data chosen, and any parameter may be named: `?max_length=512`.
 */
export default function TrainPage() {
  useDocumentTitle("Train");
  const [search] = useSearchParams();
  const from = search.get("from") ?? "";
  const dataset = search.get("dataset") ?? "";
  const kinds = useQuery(jobKindsQuery);
  const origin = useQuery({ ...jobQuery(from), enabled: from !== "", staleTime: Infinity });
  const datasets = useQuery({ ...datasetsQuery, enabled: dataset !== "" });
  const remedied = search.has("remedy") ? origin.data?.remedy?.params : undefined;
  const path = datasets.data?.find(({ name }) => name === dataset)?.path;
  const kind = kinds.data?.find((candidate) => candidate.kind === KIND);
  const loading = <Loading page heights={["52px", "180px", "220px", "260px"]} label="Loading the form" />;
  if (kinds.isError) {
    return <ErrorNotice page title="The form could not be read" error={kinds.error} onRetry={() => void kinds.refetch()} />;
  }
  if (!kind || (from !== "" && origin.isPending) || (dataset !== "" && datasets.isPending)) {
    return loading;
  }
  const preset = kind.presets.find(({ id }) => id === search.get("preset"));
  return (
    <InPieces fallback={loading}>
      <Header kind={kind} from={from} originName={origin.data?.name} />
      {origin.isError && <ErrorNotice title="The run to copy from could not be read" error={origin.error} />}
      <TrainForm
        key={search.toString()}
        kind={kind}
        start={{ ...preset?.values, ...(origin.data && valuesOfCopy(origin.data.params)), ...remedied, ...(path && { dataset_path: path }) }}
        origin={origin.data}
      />
    </InPieces>
  );
}

function Header({ kind, from, originName }: { kind: JobKind; from: string; originName: string | undefined }) {
  const description = originName ? (
    <>
      Settings of <RouterLink to={`/jobs/${from}`}>{originName}</RouterLink>, under a new name.
    </>
  ) : (
    kind.description
  );
  return <PageHeader title="Train" description={description} />;
}
