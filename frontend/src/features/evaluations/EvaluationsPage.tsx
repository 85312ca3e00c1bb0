import { Button, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Gauge } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { evaluationsQuery } from "@/api/evaluations";
import type { EvaluationEntry } from "@/api/evaluation-types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { BoardCard } from "@/features/evaluations/BoardCard";
import { boardsOf, comparedAddress } from "@/features/evaluations/leaderboard";
import { useDocumentTitle } from "@/lib/use-document-title";

const COMPARED = 2;

/** `/evaluations`: every run, ranked among those that measured the same. */
export default function EvaluationsPage() {
  useDocumentTitle("Leaderboard");
  const { data, error, isPending, refetch } = useQuery(evaluationsQuery);
  const [picked, setPicked] = useState<string[]>([]);
  const entries = data?.evaluations ?? [];
  const chosen = entries.filter(({ run }) => picked.includes(run));
  // A third pick takes the place of the first: two are compared.
  const pick = (run: string, on: boolean) =>
    setPicked((before) => (on ? [...before, run].slice(-COMPARED) : before.filter((other) => other !== run)));
  return (
    <>
      <PageHeader
        title="Leaderboard"
        description="Every evaluation, ranked among those that measured the same on the same data."
        actions={
          <>
            {entries.length >= COMPARED && <CompareButton chosen={chosen} />}
            <LinkButton to="/evaluate">New evaluation</LinkButton>
          </>
        }
      />
      {isPending && <Loading heights={["220px", "220px"]} label="Loading the evaluations" />}
      {error && !data && <ErrorNotice title="The evaluations could not be read" error={error} onRetry={() => void refetch()} />}
      {data && entries.length === 0 && <NoEvaluations />}
      <Stack gap="4">
        {boardsOf(entries).map((board) => (
          <BoardCard key={`${board.measure} ${board.mode}`} board={board} picked={picked} onPick={pick} />
        ))}
      </Stack>
    </>
  );
}

function CompareButton({ chosen }: { chosen: EvaluationEntry[] }) {
  const navigate = useNavigate();
  const ready = chosen.length === COMPARED;
  return (
    <Button size="sm" variant="outline" disabled={!ready} onClick={() => void navigate(comparedAddress(chosen))}>
      {ready ? "Compare the two" : "Pick two to compare"}
    </Button>
  );
}

function NoEvaluations() {
  return (
    <EmptyState
      icon={Gauge}
      title="Nothing evaluated yet"
      hint="An evaluation tells how good the answers of a model are, with an interval that says how sure that is."
      action={<LinkButton to="/evaluate">Evaluate a model</LinkButton>}
    />
  );
}
