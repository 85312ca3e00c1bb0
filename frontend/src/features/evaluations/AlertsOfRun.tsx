import { Text } from "@chakra-ui/react";

import type { Summary } from "@/api/evaluation-types";
import { Notice } from "@/components/Notice";
import { RUN_STATUSES } from "@/features/evaluations/words";
import { formatShare } from "@/lib/format";

/** What has to be known before any figure is read. */
export function AlertsOfRun({ summary }: { summary: Summary }) {
  const { mock, status, status_detail: detail, coverage, min_coverage: needed, health, warnings } = summary;
  const findings = health?.findings ?? [];
  const said = new Set(findings.map(({ sentence }) => sentence));
  return (
    <>
      {mock && (
        <Notice tone="info" title="These scores are made up">
          <Text>The run was made in test mode: no judge was asked.</Text>
        </Notice>
      )}
      {status !== "complete" && (
        <Notice tone="warning" title={RUN_STATUSES[status]}>
          <Text>
            {formatShare(coverage)} of the items have a score; {formatShare(needed)} are needed for a place in the leaderboard. {detail}
          </Text>
        </Notice>
      )}
      {findings.map(({ code, severity, sentence }) => (
        <Notice key={code} tone={severity === "serious" ? "error" : "warning"} title={severity === "serious" ? "The judge cannot be relied upon" : undefined}>
          <Text>{sentence}</Text>
        </Notice>
      ))}
      {warnings
        .filter((warning) => !said.has(warning) && !(mock && warning.startsWith("MOCK")))
        .map((warning) => (
          <Notice key={warning} tone="warning">
            <Text>{warning}</Text>
          </Notice>
        ))}
    </>
  );
}
