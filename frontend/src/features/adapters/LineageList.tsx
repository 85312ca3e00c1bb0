import { RouterLink } from "@/components/RouterLink";
import type { Lineage, LineageNode } from "@/api/types";
import { addressOf, nounOf, titleOf } from "@/features/adapters/lineage";
import styles from "@/features/adapters/lineage.module.css";
import { formatMetric } from "@/lib/format";

interface LineageListProps {
  lineage: Lineage;
  focus: string;
}

/** The same in words, for whoever does not see the drawing or has no room for it. */
export function LineageList({ lineage, focus }: LineageListProps) {
  const came = lineage.edges.some(({ target }) => target === focus);
  const went = lineage.edges.some(({ source }) => source === focus);
  return (
    <div className={styles.words}>
      {came && (
        <>
          <p>Made of</p>
          <Branch lineage={lineage} id={focus} up seen={[focus]} />
        </>
      )}
      {went && (
        <>
          <p>Went into</p>
          <Branch lineage={lineage} id={focus} up={false} seen={[focus]} />
        </>
      )}
    </div>
  );
}

interface BranchProps {
  lineage: Lineage;
  id: string;
  /** Towards what it came of. */
  up: boolean;
  /** The way here: a circle ends where it closes. */
  seen: string[];
}

function Branch({ lineage, id, up, seen }: BranchProps) {
  const edges = lineage.edges.filter(({ source, target }) => (up ? target : source) === id);
  const next = edges.flatMap((edge) => {
    const node = lineage.nodes.find((one) => one.id === (up ? edge.source : edge.target));
    return node && !seen.includes(node.id) ? [{ node, weight: edge.weight }] : [];
  });
  if (next.length === 0) return null;
  return (
    <ul>
      {next.map(({ node, weight }) => (
        <li key={node.id}>
          <Named node={node} />
          {weight != null && `, ${formatMetric(weight)} ×`}
          {!node.is_here && node.name !== "" && ", missing"}
          <Branch lineage={lineage} id={node.id} up={up} seen={[...seen, node.id]} />
        </li>
      ))}
    </ul>
  );
}

function Named({ node }: { node: LineageNode }) {
  const address = addressOf(node);
  return (
    <>
      {nounOf(node)} {address ? <RouterLink to={address}>{titleOf(node)}</RouterLink> : titleOf(node)}
    </>
  );
}
