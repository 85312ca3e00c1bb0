import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import styles from "@/components/SortHeading.module.css";

interface SortHeadingProps {
  /** The address in which the table is sorted by this column. */
  search: string;
  /** How it is sorted by it now; undefined = by another. */
  direction: "ascending" | "descending" | undefined;
  className?: string;
  children: ReactNode;
}

/** A heading that sorts: a link, so that the order is part of the address. */
export function SortHeading({ search, direction, className, children }: SortHeadingProps) {
  const Arrow = direction === "ascending" ? ArrowUp : ArrowDown;
  return (
    <th scope="col" className={className} aria-sort={direction}>
      <Link to={{ search }} className={styles.sort}>
        {children}
        <Arrow size={12} aria-hidden data-off={direction === undefined || undefined} />
      </Link>
    </th>
  );
}
