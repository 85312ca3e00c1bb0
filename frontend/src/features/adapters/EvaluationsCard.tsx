import { Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { evaluationsQuery } from "@/api/evaluations";
import type { Adapter } from "@/api/types";
import { Card } from "@/components/Card";
import { LinkButton } from "@/components/RouterLink";
import table from "@/components/table.module.css";
import { evaluationsOf, namesOf } from "@/features/adapters/adapters-view";
import { evaluateAddress } from "@/features/adapters/addresses";
import { formatTime, NOTHING } from "@/lib/format";
import { formatScore } from "@/lib/score";

/** How it did, each time it was asked. */
export function EvaluationsCard({ adapter }: { adapter: Adapter }) {
  const { data } = useQuery(evaluationsQuery);
  if (!data) return null;
  const runs = evaluationsOf(adapter, data.evaluations);
  const names = namesOf(adapter);
  const again = (
    <LinkButton to={evaluateAddress(adapter)} variant="outline" size="xs">
      Evaluate
    </LinkButton>
  );
  return (
    <Card title="Evaluations" aside={again}>
      {runs.length === 0 && <Text color="fg.muted">Not evaluated yet.</Text>}
      {runs.length > 0 && (
        <div className={table.frame}>
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">Score</th>
                <th scope="col" className={table.optional}>Dataset</th>
                <th scope="col" className={table.optional}>When</th>
              </tr>
            </thead>
            <tbody>
              {runs.map(({ run, model, score, scale, score_name: scoreName, dataset, created_at: at }) => (
                <tr key={run}>
                  <td>
                    <Link to={`/evaluations/${encodeURIComponent(run)}`} className={table.link}>
                      {run}
                    </Link>
                  </td>
                  <td>{model !== null && names.includes(model) && scale ? `${formatScore(score, scale)} ${scoreName ?? ""}` : NOTHING}</td>
                  <td className={table.optional}>{dataset ?? NOTHING}</td>
                  <td className={table.optional}>{formatTime(at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
