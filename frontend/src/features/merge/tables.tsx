import { Text } from "@chakra-ui/react";

import type { Comparison } from "@/api/types";
import table from "@/components/table.module.css";
import { isPair, type PairSummary } from "@/features/merge/figures";
import styles from "@/features/merge/tables.module.css";
import { formatCosine, spanOf } from "@/features/merge/words";
import { formatCompact, formatCount, formatMetric, formatShare } from "@/lib/format";

/** What is to be merged, a line each. */
export function AdapterFacts({ parents }: Pick<Comparison, "parents">) {
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label="The adapters">
      <table className={`${table.table} ${styles.dense}`}>
        <thead>
          <tr>
            <th scope="col">Adapter</th>
            <th scope="col">Weight</th>
            <th scope="col">Rank</th>
            <th scope="col">Scaling</th>
            <th scope="col">Layers</th>
            <th scope="col">Parameters</th>
            <th scope="col">Base</th>
            <th scope="col">Adapts</th>
          </tr>
        </thead>
        <tbody>
          {parents.map((parent) => (
            <tr key={parent.name}>
              <th scope="row">{parent.name}</th>
              <td>{formatCount(parent.weight)}</td>
              <td>{spanOf(parent.ranks)}</td>
              <td>{spanOf(parent.scales)}</td>
              <td>{formatCount(parent.layers)}</td>
              <td>{formatCompact(parent.parameters)}</td>
              <td>{parent.base || "unnamed"}</td>
              <td className={styles.long} title={parent.targets.join(", ")}>
                {parent.targets.join(", ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PairTableProps {
  summaries: PairSummary[];
  chosen: PairSummary;
  onChoose: (summary: PairSummary) => void;
}

/** Each two of them, in the median over the layers; with several pairs the one whose layers are shown is chosen here. */
export function PairTable({ summaries, chosen, onChoose }: PairTableProps) {
  const several = summaries.length > 1;
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label="Pairs of adapters">
      <table className={`${table.table} ${styles.dense}`}>
        <thead>
          <tr>
            <th scope="col">Pair, median over the layers</th>
            <th scope="col">Cosine</th>
            <th scope="col">Signs differ</th>
            <th scope="col">Input overlap</th>
            <th scope="col">Output overlap</th>
            <th scope="col">Strongest in</th>
          </tr>
        </thead>
        <tbody>
          {summaries.map((summary) => (
            <tr key={summary.pair.join()} className={several && summary === chosen ? styles.chosen : undefined}>
              <th scope="row">
                {several ? (
                  <label className={styles.choice}>
                    <input type="radio" name="pair-of-the-map" checked={summary === chosen} onChange={() => onChoose(summary)} />
                    {summary.names.join(" and ")}
                  </label>
                ) : (
                  summary.names.join(" and ")
                )}
              </th>
              <td>{formatCosine(summary.cosine)}</td>
              <td>{formatShare(summary.conflict)}</td>
              <td>{formatShare(summary.overlapIn)}</td>
              <td>{formatShare(summary.overlapOut)}</td>
              <td title={summary.extreme.module}>
                {summary.extreme.module.replace(/^(base_model\.model\.)?(model\.)?/, "")}{" "}
                <Text as="span" color="fg.muted">
                  {formatCosine(summary.extreme.cosine)}
                </Text>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Every figure of every layer, for one pair. */
export function LayerTable({ comparison, chosen }: { comparison: Comparison; chosen: PairSummary }) {
  const inPair = new Map(comparison.pairs.filter((pair) => isPair(pair, chosen.pair)).map((pair) => [pair.module, pair]));
  return (
    <div className={`${table.frame} ${styles.tall}`} tabIndex={0} role="region" aria-label="Layers as numbers">
      <table className={`${table.table} ${styles.dense}`}>
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col">Cosine</th>
            <th scope="col">Signs differ</th>
            <th scope="col">Input overlap</th>
            <th scope="col">Output overlap</th>
            {comparison.parents.map(({ name }) => (
              <th key={name} scope="col">
                Size of {name}
              </th>
            ))}
            <th scope="col">Rank for 99.9 %</th>
          </tr>
        </thead>
        <tbody>
          {comparison.modules.map(({ module, norms, rank_999: rank }) => {
            const pair = inPair.get(module);
            return (
              <tr key={module}>
                <th scope="row">{module}</th>
                <td>{pair ? formatCosine(pair.cosine) : "–"}</td>
                <td>{pair ? formatShare(pair.conflict) : "–"}</td>
                <td>{pair ? formatShare(pair.overlap_in) : "–"}</td>
                <td>{pair ? formatShare(pair.overlap_out) : "–"}</td>
                {norms.map((norm, index) => (
                  <td key={comparison.parents[index]?.name}>{formatMetric(norm)}</td>
                ))}
                <td>{rank}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
