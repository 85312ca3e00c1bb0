import { NavLink, useLocation } from "react-router";

import styles from "@/features/jobs/JobTabs.module.css";

export const TABS = [
  { path: "", label: "Overview" },
  { path: "log", label: "Log" },
  { path: "config", label: "Configuration" },
] as const;

/** The parts of a job's page, each an address; how the curves are looked at goes along. */
export function JobTabs({ jobId }: { jobId: string }) {
  const { search } = useLocation();
  return (
    <nav className={styles.tabs} aria-label="Parts of the run">
      {TABS.map(({ path, label }) => (
        <NavLink key={path} end to={{ pathname: `/jobs/${jobId}${path && `/${path}`}`, search }} className={styles.tab}>
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
