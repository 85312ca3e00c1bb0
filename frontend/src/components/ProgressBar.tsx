import styles from "@/components/ProgressBar.module.css";

interface ProgressBarProps {
  percent: number;
  label: string;
  /** Nothing is being done any more: the bar steps back. */
  quiet?: boolean;
  height?: string;
}

export function ProgressBar({ percent, label, quiet = false, height = "6px" }: ProgressBarProps) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      className={styles.bar}
      data-quiet={quiet || undefined}
      style={{ height }}
    >
      <div style={{ width: `${Math.min(100, percent)}%` }} />
    </div>
  );
}
