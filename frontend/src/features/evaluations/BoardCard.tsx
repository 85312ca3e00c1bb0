import { Text } from "@chakra-ui/react";
import { Link } from "react-router";

import type { EvaluationEntry } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { SpanCell } from "@/components/SpanCell";
import table from "@/components/table.module.css";
import styles from "@/features/evaluations/tables.module.css";
import { type Board, isComparable } from "@/features/evaluations/leaderboard";
import { StatusNote } from "@/features/evaluations/StatusNote";
import { costText, MODES, nameOf, titleOf } from "@/features/evaluations/words";
import { formatCount, formatFullTime, formatShare, formatTime, NOTHING } from "@/lib/format";
import { formatScore } from "@/lib/score";

interface BoardCardProps {
  board: Board;
  /** Runs that are marked to be compared. */
  picked: string[];
  onPick: (run: string, on: boolean) => void;
}

/** Runs that measured the same, best first among those on the same data. */
export function BoardCard({ board, picked, onPick }: BoardCardProps) {
  const { measure, mode, parts } = board;
  const title = measure === null ? "Runs without a score" : nameOf(measure);
  return (
    <Card title={title} aside={<Text color="fg.muted">{MODES[mode]}</Text>}>
      <div className={table.frame} tabIndex={0} role="region" aria-label={`Runs by ${title}, ${MODES[mode]}`}>
        <table className={`${table.table} ${styles.dense}`}>
          <thead>
            <tr>
              <th scope="col">Compare</th>
              <th scope="col">Model</th>
              <th scope="col">Score, 95 % interval</th>
              <th scope="col" className={styles.wide}>
                Win rate
              </th>
              <th scope="col" className={styles.medium}>
                Items
              </th>
              <th scope="col" className={styles.wide}>
                Judge
              </th>
              <th scope="col" className={styles.wide}>
                Cost
              </th>
              <th scope="col">Run</th>
              <th scope="col" className={styles.medium}>
                Created
              </th>
            </tr>
          </thead>
          {parts.map(({ dataset, runs }) => (
            <tbody key={dataset}>
              {dataset !== null && (
                <tr className={styles.part}>
                  <th scope="rowgroup" colSpan={9}>
                    {dataset}
                  </th>
                </tr>
              )}
              {runs.map((entry) => (
                <Row key={entry.run} entry={entry} picked={picked.includes(entry.run)} onPick={onPick} />
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </Card>
  );
}

function Row({ entry, picked, onPick }: { entry: EvaluationEntry; picked: boolean; onPick: BoardCardProps["onPick"] }) {
  const { run, win_rate: wins, judges, coverage, n_total: items, cost, created_at: created } = entry;
  return (
    <tr>
      <td>
        <label className={styles.pick}>
          <input
            type="checkbox"
            aria-label={`Compare ${titleOf(entry)}`}
            checked={picked}
            disabled={!isComparable(entry)}
            onChange={({ target }) => onPick(run, target.checked)}
          />
        </label>
      </td>
      <th scope="row" className={styles.model} title={entry.models.join(", ")}>
        {entry.model ?? (entry.models.join(", ") || NOTHING)}
      </th>
      <td>
        <ScoreCell entry={entry} />
      </td>
      <td className={styles.wide}>{wins?.value == null ? NOTHING : formatShare(wins.value)}</td>
      <td className={styles.medium}>
        {formatCount(items)}
        {coverage !== null && <span className={styles.note}>{formatShare(coverage)} scored</span>}
      </td>
      <td className={styles.wide}>{judges.join(", ") || "none"}</td>
      <td className={styles.wide}>{cost ? costText(cost) : NOTHING}</td>
      <td>
        {isComparable(entry) ? (
          <Link to={`/evaluations/${encodeURIComponent(run)}`} className={table.link}>
            {titleOf(entry)}
          </Link>
        ) : (
          titleOf(entry)
        )}
        <StatusNote status={entry.status} mock={entry.mock} serious={entry.serious} />
      </td>
      <td className={styles.medium} title={created ? formatFullTime(created) : undefined}>
        {formatTime(created)}
      </td>
    </tr>
  );
}

function ScoreCell({ entry: { score, scale, ci95, score_name: name, model } }: { entry: EvaluationEntry }) {
  if (!scale || !name) return NOTHING;
  return <SpanCell name={`${nameOf(name)} of ${model}`} value={score} interval={ci95} scale={scale} format={(value) => formatScore(value, scale)} />;
}
