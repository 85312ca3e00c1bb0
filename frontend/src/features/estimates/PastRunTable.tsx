import { Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { adaptersQuery } from "@/api/adapters";
import type { PastEstimate } from "@/api/types";
import table from "@/components/table.module.css";
import styles from "@/features/estimates/PastRunTable.module.css";
import { RatioBar } from "@/features/estimates/RatioBar";
import { formatBytes, formatDuration, formatFullTime, formatRatio, formatSpeed, formatTime } from "@/lib/format";

/** What was predicted of each run, and what came. */
export function PastRunTable({ runs }: { runs: PastEstimate[] }) {
  const { data } = useQuery(adaptersQuery);
  const adapters = new Set(data?.adapters.map(({ name }) => name));
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label="Predictions and what came">
      <table className={`${table.table} ${styles.runs}`}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Memory: predicted → held</th>
            <th scope="col">Time: predicted → taken</th>
            <th scope="col" className={styles.wide}>
              Tokens/s
            </th>
            <th scope="col" className={styles.medium}>
              Ended
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={`${run.name} ${run.finished_at}`} run={run} hasAdapter={adapters.has(run.name)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ run, hasAdapter }: { run: PastEstimate; hasAdapter: boolean }) {
  const { name, base_model: base, result, finished_at: finished } = run;
  return (
    <tr>
      <th scope="row" className={styles.name}>
        {hasAdapter ? (
          <Link to={`/adapters/${encodeURIComponent(name)}`} className={table.link} title={name}>
            {name}
          </Link>
        ) : (
          <span title={name}>{name}</span>
        )}
        <Text textStyle="xs" color="fg.muted" fontWeight="normal" title={base} truncate>
          {base}
        </Text>
      </th>
      <td title={result.estimate.memory_basis}>
        <MemoryCell run={run} />
      </td>
      <td title={result.estimate.seconds_basis}>
        <TimeCell run={run} />
      </td>
      <td className={styles.wide}>{formatSpeed(result.tokens_per_second)}</td>
      <td className={styles.medium} title={formatFullTime(finished)}>
        {formatTime(finished)}
      </td>
    </tr>
  );
}

function MemoryCell({ run: { result, memory_ratio: ratio } }: { run: PastEstimate }) {
  const [predicted, held] = [formatBytes(result.estimate.memory_bytes), formatBytes(result.peak_memory_bytes)];
  return (
    <>
      <Pair predicted={predicted} real={held} />
      <RatioBar ratio={ratio} label={`Memory: ${predicted} predicted, ${held} held, ${formatRatio(ratio)}`} />
    </>
  );
}

function TimeCell({ run: { result, time_ratio: ratio } }: { run: PastEstimate }) {
  const taken = formatDuration(result.seconds);
  const { seconds } = result.estimate;
  if (seconds === null) return <Incomparable taken={taken} why="Nothing to predict it from then" />;
  const predicted = formatDuration(seconds); // not "about": it is held against what came
  if (ratio === null) return <Incomparable taken={taken} why="Stopped early or resumed" />;
  return (
    <>
      <Pair predicted={predicted} real={taken} />
      <RatioBar ratio={ratio} label={`Time: ${predicted} predicted, ${taken} taken, ${formatRatio(ratio)}`} />
    </>
  );
}

/** Where there is little room the line breaks between the two, never within one. */
function Pair({ predicted, real }: { predicted: string; real: string }) {
  return (
    <>
      <span className={styles.figure}>{predicted} →</span> <span className={styles.figure}>{real}</span>
    </>
  );
}

function Incomparable({ taken, why }: { taken: string; why: string }) {
  return (
    <>
      {taken}
      <Text textStyle="xs" color="fg.muted">
        {why}
      </Text>
    </>
  );
}
