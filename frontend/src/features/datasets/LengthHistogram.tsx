import type { LengthBar } from "@/api/types";
import table from "@/components/table.module.css";
import { placeOf } from "@/features/datasets/cuts";
import styles from "@/features/datasets/LengthHistogram.module.css";
import { formatCount, formatCounted } from "@/lib/format";

const [WIDTH, HEIGHT] = [1000, 180];

interface LengthHistogramProps {
  bars: LengthBar[];
  /** Where examples are cut. */
  maxLength: number;
  /** What the drawing says, in a sentence. */
  summary: string;
}

/** How many examples have which length; what is cut is hatched. The figures are in a table below. */
export function LengthHistogram({ bars, maxLength, summary }: LengthHistogramProps) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = WIDTH / bars.length;
  const line = placeOf(bars, maxLength) * WIDTH;
  const last = bars.at(-1);
  return (
    <div>
      <svg className={styles.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        <defs>
          <pattern id="beyond" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line className={styles.hatch} x1="0" y1="0" x2="0" y2="8" />
          </pattern>
        </defs>
        {bars.map((bar, at) => (
          <Bar key={bar.low} bar={bar} x={at * step} width={step} height={(bar.count / most) * (HEIGHT - 8)} line={line} />
        ))}
        <line className={styles.line} x1={line} x2={line} y1={0} y2={HEIGHT} />
      </svg>
      <div className={styles.axis} aria-hidden>
        <span>{formatCount(bars[0]?.low)}</span>
        <span>{formatCount(bars[Math.floor(bars.length / 2)]?.low)}</span>
        <span>{last && formatCount(last.high)} tokens</span>
      </div>
      <Figures bars={bars} />
    </div>
  );
}

/** The part that is kept, and the part behind the line. */
function Bar({ bar, x, width, height, line }: { bar: LengthBar; x: number; width: number; height: number; line: number }) {
  const kept = Math.min(Math.max(line - x, 0), width - 2);
  const y = HEIGHT - (bar.count > 0 ? Math.max(2, height) : 0);
  return (
    <g>
      <title>{`${formatCount(bar.low)} to ${formatCount(bar.high)} tokens: ${formatCounted(bar.count, "example")}`}</title>
      {kept > 0 && <rect className={styles.bar} x={x + 1} y={y} width={kept} height={HEIGHT - y} />}
      {kept < width - 2 && <rect className={styles.beyond} x={x + 1 + kept} y={y} width={width - 2 - kept} height={HEIGHT - y} />}
    </g>
  );
}

function Figures({ bars }: { bars: LengthBar[] }) {
  return (
    <details className={styles.details}>
      <summary>As a table</summary>
      <div className={table.frame} tabIndex={0} role="region" aria-label="Examples by length" style={{ maxHeight: 320, overflowY: "auto" }}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Tokens</th>
              <th scope="col">Examples</th>
            </tr>
          </thead>
          <tbody>
            {bars.map(({ low, high, count }) => (
              <tr key={low}>
                <th scope="row">
                  {formatCount(low)} to {formatCount(high)}
                </th>
                <td>{formatCount(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
