import { Button, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { adaptersQuery, useDeleteAdapter } from "@/api/adapters";
import { useContact } from "@/api/contact";
import type { Adapter } from "@/api/types";
import { Card } from "@/components/Card";
import { CodeBlock } from "@/components/CodeBlock";
import { CopyButton } from "@/components/CopyButton";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Figures } from "@/components/Figures";
import { KeyValues } from "@/components/KeyValues";
import { Loading } from "@/components/Loading";
import { Notice } from "@/components/Notice";
import { PageHeader } from "@/components/PageHeader";
import { proofOf } from "@/components/proof";
import { ProofCard } from "@/components/ProofCard";
import { LinkButton, RouterLink } from "@/components/RouterLink";
import { factsOf, readable } from "@/features/adapters/facts";
import { shellQuote } from "@/lib/shell";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/adapters/:name`: everything the registry knows about one adapter. */
export default function AdapterPage() {
  const { name = "" } = useParams();
  useDocumentTitle(name);
  const { data, error, isPending } = useQuery(adaptersQuery);
  const adapter = data?.adapters.find((candidate) => candidate.name === name);
  if (adapter) return <AdapterDetails adapter={adapter} />;
  if (isPending) return <Loading heights={["64px", "120px", "260px"]} label="Loading the adapter" />;
  if (error) return <ErrorNotice title="The adapter could not be read" error={error} />;
  return (
    <EmptyState
      icon={FileQuestion}
      title={`No adapter ${name}`}
      hint="It may have been deleted."
      action={<LinkButton to="/adapters">See all adapters</LinkButton>}
    />
  );
}

function AdapterDetails({ adapter }: { adapter: Adapter }) {
  const { rank, size, trained, loss } = factsOf(adapter);
  const proof = proofOf(adapter.proof);
  const command = `python run_inference.py --model_path ${shellQuote(adapter.name)} --prompt "…"`;
  return (
    <>
      <AdapterHeader adapter={adapter} />
      <Stack gap="4">
        {adapter.problem && (
          <Notice tone="error" title="This adapter cannot be used">
            <Text overflowWrap="anywhere">{adapter.problem}</Text>
          </Notice>
        )}
        <Card>
          <Figures
            figures={[
              { label: "Rank", value: rank },
              { label: "Size", value: size },
              { label: "Final loss", value: loss },
              { label: "Trained", value: trained },
            ]}
          />
        </Card>
        {proof && <ProofCard proof={proof} />}
        <Card title="Use it from a terminal" aside={<CopyButton text={command} label="Copy command" />}>
          <CodeBlock text={command} label="Command that asks the adapter" />
        </Card>
        <Card title="In the registry">
          <KeyValues entries={entriesOf(adapter)} />
        </Card>
      </Stack>
    </>
  );
}

function AdapterHeader({ adapter }: { adapter: Adapter }) {
  const navigate = useNavigate();
  const { lost } = useContact();
  const [asking, setAsking] = useState(false);
  const deletion = useDeleteAdapter();
  const remove = () => deletion.mutate(adapter.name, { onSuccess: () => void navigate("/adapters") });
  return (
    <>
      <PageHeader
        title={adapter.name}
        description={adapter.description || `Adapter of ${adapter.base_model}`}
        actions={
          <>
            <LinkButton to={`/merge?adapter=${encodeURIComponent(adapter.name)}`} variant="outline">
              Merge
            </LinkButton>
            <LinkButton to={`/evaluate?${againstBase(adapter)}`} variant="outline">
              Evaluate
            </LinkButton>
            <LinkButton to={`/playground?model=${encodeURIComponent(adapter.name)}`}>Use in playground</LinkButton>
            <Button size="sm" variant="outline" disabled={lost} loading={deletion.isPending} onClick={() => setAsking(true)}>
              Delete
            </Button>
          </>
        }
      />
      {deletion.isError && <ErrorNotice title="The adapter could not be deleted" error={deletion.error} />}
      <ConfirmDialog open={asking} title={`Delete ${adapter.name}?`} confirm="Delete" onConfirm={remove} onClose={() => setAsking(false)}>
        The adapter leaves the registry and its files are removed from the disk. This cannot be undone.
      </ConfirmDialog>
    </>
  );
}

function entriesOf(adapter: Adapter): [string, React.ReactNode][] {
  return Object.entries(adapter)
    .filter(([name]) => name !== "proof") // it has a card of its own
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => {
      const { label, text, exact } = readable(name, value);
      return [label, name === "job_id" ? jobLink(String(value)) : <span title={exact}>{text}</span>];
    });
}

/** Address part: the base first, for it is what the adapter is compared with. */
function againstBase({ name, base_model: base }: Adapter): string {
  return new URLSearchParams([base, name].filter(Boolean).map((model) => ["model", model])).toString();
}

function jobLink(id: string) {
  return <RouterLink to={`/jobs/${id}`}>{id}</RouterLink>;
}
