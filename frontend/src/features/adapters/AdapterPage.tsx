import { Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { Navigate, useNavigate, useParams } from "react-router";

import { adapterQuery } from "@/api/adapters";
import { toProblem } from "@/api/problem";
import type { Adapter, AdapterDetail } from "@/api/types";
import { Card } from "@/components/Card";
import { Disclosure } from "@/components/Disclosure";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Figures } from "@/components/Figures";
import { KeyValues } from "@/components/KeyValues";
import { Loading } from "@/components/Loading";
import { Notice } from "@/components/Notice";
import { PageHeader } from "@/components/PageHeader";
import { proofOf } from "@/components/proof";
import { ProofCard } from "@/components/ProofCard";
import { Prose } from "@/components/Prose";
import { LinkButton } from "@/components/RouterLink";
import { AdapterMenu } from "@/features/adapters/AdapterMenu";
import { adapterAddress, evaluateAddress, mergeAddress, playgroundAddress } from "@/features/adapters/addresses";
import { EvaluationsCard } from "@/features/adapters/EvaluationsCard";
import { factsOf, readable } from "@/features/adapters/facts";
import { FilesCard } from "@/features/adapters/FilesCard";
import { LineageCard } from "@/features/adapters/LineageCard";
import { ParamsFold, TrainedOnCard } from "@/features/adapters/TrainedOnCard";
import { UseCard } from "@/features/adapters/UseCard";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/adapters/:name`: what an adapter is, what it came of, how it did, and the ways to use it. */
export default function AdapterPage() {
  const { name = "" } = useParams();
  useDocumentTitle(name);
  const { data, error, isPending, refetch } = useQuery(adapterQuery(name));
  if (data && data.adapter.name !== name) return <Navigate to={adapterAddress(data.adapter.name)} replace />;
  if (data) return <Details detail={data} />;
  if (isPending) return <Loading page heights={["64px", "120px", "260px"]} label="Loading the adapter" />;
  if (toProblem(error).status !== 404) return <ErrorNotice page title="The adapter could not be read" error={error} onRetry={() => void refetch()} />;
  return (
    <EmptyState
      page
      icon={FileQuestion}
      title={`No adapter ${name}`}
      hint="It may have been deleted."
      action={<LinkButton to="/adapters">See all adapters</LinkButton>}
    />
  );
}

function Details({ detail }: { detail: AdapterDetail }) {
  const { adapter, card, run, job_id: jobId } = detail;
  const proof = proofOf(adapter.proof);
  return (
    <>
      <Header adapter={adapter} />
      <Stack gap="4">
        <Fault adapter={adapter} />
        <Card>
          <Figures figures={figuresOf(adapter)} />
        </Card>
        <LineageCard name={adapter.name} />
        {run && <TrainedOnCard run={run} jobId={jobId} />}
        {proof && <ProofCard proof={proof} />}
        <EvaluationsCard adapter={adapter} />
        <UseCard name={adapter.name} />
        {card && (
          <Card title="Model card">
            <Prose text={card} formatted />
          </Card>
        )}
        <FilesCard detail={detail} />
        {run && <ParamsFold params={run.params} />}
        <Disclosure title="In the registry" note={adapter.path}>
          <KeyValues entries={entriesOf(adapter)} />
        </Disclosure>
      </Stack>
    </>
  );
}

function Header({ adapter }: { adapter: Adapter }) {
  const navigate = useNavigate();
  const { name, base_model: base, description } = adapter;
  const usable = adapter.size_bytes !== null && adapter.problem === null;
  return (
    <PageHeader
      title={name}
      description={description || `Adapter of ${base}`}
      actions={
        <>
          {usable && (
            <>
              <LinkButton to={playgroundAddress(name)}>Use in playground</LinkButton>
              <LinkButton to={evaluateAddress(adapter)} variant="outline">
                Evaluate
              </LinkButton>
              <LinkButton to={mergeAddress(name)} variant="outline">
                Merge
              </LinkButton>
            </>
          )}
          <AdapterMenu
            adapter={adapter}
            onRenamed={(renamed) => void navigate(adapterAddress(renamed), { replace: true })}
            onDeleted={() => void navigate("/adapters")}
          />
        </>
      }
    />
  );
}

function Fault({ adapter: { size_bytes: size, problem, path } }: { adapter: Adapter }) {
  if (size === null) {
    return (
      <Notice tone="error" title="Its files are missing">
        <Text overflowWrap="anywhere">There is no folder {path}: put it back, or delete the adapter from the list.</Text>
      </Notice>
    );
  }
  if (problem === null) return null;
  return (
    <Notice tone="error" title="This adapter cannot be used">
      <Text overflowWrap="anywhere">{problem}</Text>
    </Notice>
  );
}

function figuresOf(adapter: Adapter) {
  const { rank, size, trained, loss } = factsOf(adapter);
  return [
    { label: "Rank", value: rank },
    { label: "Size", value: size },
    { label: "Final loss", value: loss },
    { label: "Trained", value: trained },
  ];
}

/** Everything that the registry knows but the proof, which has a card of its own. */
function entriesOf(adapter: Adapter): [string, React.ReactNode][] {
  return Object.entries(adapter)
    .filter(([name, value]) => name !== "proof" && value !== null && value !== undefined && value !== "")
    .map(([name, value]) => {
      const { label, text, exact } = readable(name, value);
      return [label, <span key={name} title={exact}>{text}</span>];
    });
}
