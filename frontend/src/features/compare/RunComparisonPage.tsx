import { Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { GitCompare } from "lucide-react";
import { useSearchParams } from "react-router";

import { jobKindsQuery } from "@/api/job-kinds";
import { Card } from "@/components/Card";
import { comparedIn, FEWEST_COMPARED, MOST_COMPARED } from "@/components/compared-runs";
import { CopyButton } from "@/components/CopyButton";
import { Disclosure } from "@/components/Disclosure";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { Notice } from "@/components/Notice";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { formSpec } from "@/components/schema-form/form-spec";
import { CompareTable } from "@/features/compare/CompareTable";
import { CurvesCard } from "@/features/compare/CurvesCard";
import { figuresOf } from "@/features/compare/figures";
import { RunList } from "@/features/compare/RunList";
import { ScoresCard } from "@/features/compare/ScoresCard";
import { settingsOf } from "@/features/compare/settings";
import { type ComparedRun, useCompared } from "@/features/compare/use-compared";
import { formatCounted } from "@/lib/format";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/jobs/compare?ids=a,b,…`: two to six runs side by side. */
export default function RunComparisonPage() {
  useDocumentTitle("Compare runs");
  const [search] = useSearchParams();
  const ids = comparedIn(search);
  const refusal = refusalOf(ids);
  return (
    <>
      <PageHeader
        title="Compare runs"
        description="What differs between them, and what came of it."
        actions={
          <>
            <CopyButton text={window.location.href} label="Copy link" />
            <LinkButton to="/jobs" variant="outline">
              Choose others
            </LinkButton>
          </>
        }
      />
      {refusal ? <Refusal why={refusal} /> : <Comparison ids={ids} />}
    </>
  );
}

function refusalOf(ids: string[]): string | null {
  if (ids.length < FEWEST_COMPARED) return `Select ${FEWEST_COMPARED} to ${MOST_COMPARED} runs of one kind in the list, then press Compare.`;
  return ids.length > MOST_COMPARED ? `These are ${ids.length} runs; at most ${MOST_COMPARED} can be told apart in one chart.` : null;
}

function Refusal({ why }: { why: string }) {
  return <EmptyState icon={GitCompare} title="Nothing to compare" hint={why} action={<LinkButton to="/jobs">Choose runs</LinkButton>} />;
}

function Comparison({ ids }: { ids: string[] }) {
  const { runs, gone, isPending, problem, retry } = useCompared(ids);
  if (isPending) return <Loading heights={["96px", "340px", "240px"]} label="Loading the runs" />;
  if (problem) return <ErrorNotice title="The runs could not be read" error={problem} onRetry={retry} />;
  const kinds = [...new Set(runs.map(({ job }) => job.kind))];
  if (kinds.length > 1) return <Refusal why={`These are runs of different kinds (${kinds.join(", ")}), which have nothing to compare.`} />;
  if (runs.length < FEWEST_COMPARED) return <Refusal why="Fewer than two of these runs are left: the others were deleted." />;
  return (
    <>
      {gone.length > 0 && <Notice tone="warning">{formatCounted(gone.length, "run")} of this comparison cannot be shown: deleted, or never here.</Notice>}
      <RunList runs={runs} />
      <Stack gap="4">
        <CurvesCard runs={runs} />
        <Results runs={runs} />
        <ScoresCard runs={runs} />
        <Settings runs={runs} />
      </Stack>
    </>
  );
}

function Results({ runs }: { runs: ComparedRun[] }) {
  const rows = figuresOf(runs.map(({ job }) => job));
  return (
    <Card title="What came of it">
      {rows.length > 0 ? <CompareTable label="What came of the runs" runs={runs} rows={rows} /> : <Text color="fg.muted">Nothing yet.</Text>}
    </Card>
  );
}

/** Only what differs; everything on demand. */
function Settings({ runs }: { runs: ComparedRun[] }) {
  const { data: kinds } = useQuery(jobKindsQuery);
  const jobs = runs.map(({ job }) => job);
  const declared = kinds?.find(({ kind }) => kind === jobs[0]?.kind);
  if (!declared) return null;
  const { fields } = formSpec(declared.schema, declared.groups);
  const differing = settingsOf(jobs, fields, true);
  const all = settingsOf(jobs, fields, false);
  return (
    <>
      <Card title="Settings that differ">
        {differing.length > 0 ? (
          <CompareTable label="Settings that differ" runs={runs} rows={differing} />
        ) : (
          <Text color="fg.muted">None: these runs were given the same.</Text>
        )}
      </Card>
      <Disclosure title="All settings" note={String(all.length)}>
        <CompareTable label="All settings" runs={runs} rows={all} />
      </Disclosure>
    </>
  );
}
