import { Link, useSearchParams } from "react-router";

import type { Dataset } from "@/api/types";
import styles from "@/features/datasets/DatasetTabs.module.css";
import { addressIn, type TabId, TABS } from "@/features/datasets/tabs";
import { formatCount } from "@/lib/format";

/** What survives when another tab is opened: by whose tokenizer it is counted. */
const KEPT = ["base", "max_length"];

/** The parts of the page, each a link. */
export function DatasetTabs({ dataset, tab }: { dataset: Dataset; tab: TabId }) {
  const [search] = useSearchParams();
  const kept = new URLSearchParams(KEPT.flatMap((name) => (search.get(name) ? [[name, search.get(name) ?? ""]] : []))).toString();
  return (
    <nav aria-label="Parts of the dataset" className={styles.tabs}>
      {TABS.map(({ id, label }) => (
        <Link key={id} to={addressIn(dataset.name, id, kept)} aria-current={id === tab ? "page" : undefined} className={styles.tab} preventScrollReset>
          {label}
          {id === "problems" && (dataset.problems ?? 0) > 0 && <span className={styles.count}>{formatCount(dataset.problems)}</span>}
        </Link>
      ))}
    </nav>
  );
}
