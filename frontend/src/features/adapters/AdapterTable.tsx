import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";

import { ActionsHeading } from "@/components/ActionsHeading";
import { SortHeading } from "@/components/SortHeading";
import table from "@/components/table.module.css";
import styles from "@/features/adapters/adapters.module.css";
import { type Column, type Listed, type Order, sortedBy } from "@/features/adapters/adapters-view";
import { AdapterMenu } from "@/features/adapters/AdapterMenu";
import { adapterAddress } from "@/features/adapters/addresses";
import { factsOf } from "@/features/adapters/facts";
import { NOTHING } from "@/lib/format";
import { formatScore } from "@/lib/score";

interface AdapterTableProps {
  rows: Listed[];
  order: Order;
}

/** Adapters with what tells them apart; what a phone has no room for stands under the name. */
export function AdapterTable({ rows, order }: AdapterTableProps) {
  return (
    <div className={table.frame}>
      <table className={table.table}>
        <thead>
          <tr>
            <Heading column="name" order={order}>
              Name
            </Heading>
            <Heading column="base" order={order} className={styles.wide}>
              Base model
            </Heading>
            <Heading column="rank" order={order} className={styles.wide}>
              Rank
            </Heading>
            <Heading column="size" order={order} className={styles.wide}>
              Size
            </Heading>
            <Heading column="trained" order={order} className={table.optional}>
              Trained
            </Heading>
            <Heading column="score" order={order}>
              Score
            </Heading>
            <ActionsHeading />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.adapter.name} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row: { adapter, latest } }: { row: Listed }) {
  const { rank, size, trained } = factsOf(adapter);
  const fault = adapter.size_bytes === null ? "files missing" : adapter.problem ? "cannot be used" : null;
  return (
    <tr>
      <td className={styles.name}>
        <Link to={adapterAddress(adapter.name)} className={table.link}>
          {adapter.name}
        </Link>
        {fault && (
          <span className={styles.fault} title={adapter.problem ?? adapter.path}>
            {fault}
          </span>
        )}
        {adapter.description && <span className={styles.description}>{adapter.description}</span>}
      </td>
      <td className={styles.wide}>{adapter.base_model || NOTHING}</td>
      <td className={styles.wide}>{rank}</td>
      <td className={styles.wide}>{size}</td>
      <td className={table.optional}>{trained}</td>
      <td>
        {latest?.scale ? (
          <Link to={`/evaluations/${encodeURIComponent(latest.run)}`} className={table.link} title={latest.score_name ?? undefined}>
            {formatScore(latest.score, latest.scale)}
          </Link>
        ) : (
          NOTHING
        )}
      </td>
      <td className={styles.menu}>
        <AdapterMenu adapter={adapter} />
      </td>
    </tr>
  );
}

interface HeadingProps {
  column: Column;
  order: Order;
  className?: string;
  children: ReactNode;
}

function Heading({ column, order, ...heading }: HeadingProps) {
  const [search] = useSearchParams();
  const direction = order.descending ? "descending" : "ascending";
  return <SortHeading {...heading} search={sortedBy(search, column)} direction={order.column === column ? direction : undefined} />;
}
