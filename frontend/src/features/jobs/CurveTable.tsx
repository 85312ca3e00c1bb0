import type { Chart } from "@/components/curves/charts";
import { type Curve, STEP } from "@/components/curves/curve";
import styles from "@/components/table.module.css";
import { formatCount } from "@/lib/format";

const SAMPLED = 50;

/** The curves as numbers: some fifty rows, evenly taken, with the first and the last. */
export function CurveTable({ curve, charts }: { curve: Curve; charts: Chart[] }) {
  const rows = sampleOf(curve.length, SAMPLED);
  const columns = charts.flatMap(({ metrics, format, title }) =>
    metrics.filter(({ name }) => curve.has(name)).map(({ name, label }) => ({ name, format, head: metrics.length > 1 ? `${title}, ${label}` : title })),
  );
  const steps = curve.column(STEP);
  return (
    <div className={styles.frame} role="region" aria-label="Curves as a table" tabIndex={0} style={{ maxHeight: 420, overflow: "auto" }}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Step</th>
            {columns.map(({ name, head }) => (
              <th key={name} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((at) => (
            <tr key={at}>
              <th scope="row">{formatCount(steps[at])}</th>
              {columns.map(({ name, format }) => (
                <td key={name}>{format(latest(curve.column(name), at))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function sampleOf(length: number, most: number): number[] {
  if (length <= most) return [...Array(length).keys()];
  return [...Array(most).keys()].map((index) => Math.round((index * (length - 1)) / (most - 1)));
}

/** What is told now and then holds until it is told again. */
function latest(values: Float64Array, at: number): number | null {
  for (let row = at; row >= 0; row -= 1) if (!Number.isNaN(values[row])) return values[row] ?? null;
  return null;
}
