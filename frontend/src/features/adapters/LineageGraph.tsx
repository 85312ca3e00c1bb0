import { Link } from "react-router";

import type { Lineage } from "@/api/types";
import styles from "@/features/adapters/lineage.module.css";
import { addressOf, type Edge, layout, nounOf, type Placed, titleOf } from "@/features/adapters/lineage";
import { formatMetric } from "@/lib/format";

const WIDTH = 164;
const HEIGHT = 48;
const GAP_X = 48;
const GAP_Y = 18;
const MARGIN = 3;
/** Letters of 13 pixels that fit into a box. */
const LONGEST = 18;

interface LineageGraphProps {
  lineage: Lineage;
  /** What it is drawn around. */
  focus: string;
}

/** What came of what, from left to right; each box is a link. */
export function LineageGraph({ lineage, focus }: LineageGraphProps) {
  const { placed, columns, rows } = layout(lineage);
  const width = columns * WIDTH + (columns - 1) * GAP_X + 2 * MARGIN;
  const height = rows * HEIGHT + (rows - 1) * GAP_Y + 2 * MARGIN;
  const places = new Map(placed.map((one) => [one.node.id, one]));
  return (
    <svg role="group" aria-label="Lineage, from left to right" width={width} height={height} viewBox={`0 0 ${width} ${height}`} className={styles.graph}>
      {lineage.edges.map((edge) => (
        <Line key={`${edge.source} ${edge.target}`} edge={edge} from={places.get(edge.source)} to={places.get(edge.target)} />
      ))}
      {placed.map((one) => (
        <Box key={one.node.id} placed={one} isFocus={one.node.id === focus} />
      ))}
    </svg>
  );
}

function left({ column }: Placed): number {
  return MARGIN + column * (WIDTH + GAP_X);
}

function top({ row }: Placed): number {
  return MARGIN + row * (HEIGHT + GAP_Y);
}

function Line({ edge, from, to }: { edge: Edge; from: Placed | undefined; to: Placed | undefined }) {
  if (!from || !to) return null;
  const [x1, y1, x2, y2] = [left(from) + WIDTH, top(from) + HEIGHT / 2, left(to), top(to) + HEIGHT / 2];
  const bend = GAP_X / 2;
  return (
    <g aria-hidden>
      <path d={`M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} className={styles.line} />
      {edge.weight != null && (
        <text x={x2 - 6} y={y2 + (y1 > y2 ? 14 : -6)} textAnchor="end" className={styles.weight}>
          {formatMetric(edge.weight)} ×
        </text>
      )}
    </g>
  );
}

function Box({ placed, isFocus }: { placed: Placed; isFocus: boolean }) {
  const { node } = placed;
  const address = addressOf(node);
  const box = <Face placed={placed} isFocus={isFocus} />;
  if (isFocus || address === null) {
    const label = `${nounOf(node)} ${titleOf(node)}${node.is_here ? "" : ", missing"}`;
    return (
      <g role="img" aria-label={isFocus ? `${label}, this page` : label}>
        {box}
      </g>
    );
  }
  return (
    <Link to={address} className={styles.link}>
      {box}
    </Link>
  );
}

function Face({ placed, isFocus }: { placed: Placed; isFocus: boolean }) {
  const { node } = placed;
  const title = titleOf(node);
  const [x, y] = [left(placed), top(placed)];
  return (
    <>
      <rect x={x} y={y} width={WIDTH} height={HEIGHT} rx={8} className={styles.box} data-focus={isFocus || undefined} data-missing={!node.is_here || undefined}>
        {title.length > LONGEST && <title>{title}</title>}
      </rect>
      <text>
        <tspan x={x + 12} y={y + 18} className={styles.noun}>
          {shortened(node.is_here || node.name === "" ? nounOf(node) : `${nounOf(node)} · missing`, LONGEST + 4)}
        </tspan>{" "}
        <tspan x={x + 12} y={y + 36} className={styles.title}>
          {shortened(title, LONGEST)}
        </tspan>
      </text>
    </>
  );
}

/** Both ends of a long name tell it from others. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 8)}…${text.slice(-7)}`;
}
