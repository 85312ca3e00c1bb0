import { Segments } from "@/components/Segments";
import styles from "@/components/curves/CurveControls.module.css";
import { type Axis, type CurveView, MOST_SMOOTHING } from "@/components/curves/view";
import { formatFixed, formatShare } from "@/lib/format";

interface CurveControlsProps {
  view: CurveView;
  onChange: (changes: Partial<CurveView>) => void;
  /** The axes that the points have values for. */
  axes: Axis[];
}

const AXIS_NAMES: Record<Axis, string> = { step: "Steps", tokens: "Tokens", time: "Time" };

/** How all curves of a page are drawn, said once for all of them. */
export function CurveControls({ view, onChange, axes }: CurveControlsProps) {
  return (
    <div className={styles.controls}>
      {axes.length > 1 && (
        <Segments
          name="curve-axis"
          label="Over"
          value={view.x}
          options={axes.map((axis) => ({ value: axis, label: AXIS_NAMES[axis] }))}
          onChange={(axis) => onChange({ x: axis as Axis, zoom: null })}
        />
      )}
      <label className={styles.control} title={`Each point is ${formatShare(view.smoothing)} the previous smoothed value`}>
        Smoothing
        <input
          type="range"
          min={0}
          max={MOST_SMOOTHING}
          step={0.001}
          value={view.smoothing}
          onChange={({ target }) => onChange({ smoothing: Number(target.value) })}
        />
        <span className={styles.value}>{formatFixed(view.smoothing, 3)}</span>
      </label>
      <Tick label="Log scale" checked={view.log} onChange={(log) => onChange({ log })} />
      <Tick label="Ignore outliers" checked={view.withoutOutliers} onChange={(withoutOutliers) => onChange({ withoutOutliers })} />
      <Tick label="Last 10 %" checked={view.last} onChange={(last) => onChange({ last, zoom: null })} />
    </div>
  );
}

interface TickProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function Tick({ label, checked, onChange }: TickProps) {
  return (
    <label className={styles.control}>
      <input type="checkbox" checked={checked} onChange={({ target }) => onChange(target.checked)} />
      {label}
    </label>
  );
}
