import styles from "@/components/Segments.module.css";

interface SegmentsProps {
  name: string;
  label: string;
  options: { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  ref?: (element: HTMLElement | null) => void;
}

/** A few choices side by side: native radio buttons, so that the keyboard and screen readers know them. */
export function Segments({ name, label, options, value, onChange, onBlur, ref }: SegmentsProps) {
  return (
    <div role="radiogroup" aria-label={label} className={styles.group} onBlur={onBlur}>
      {options.map((option) => (
        <label key={option.value} className={styles.segment}>
          <input
            ref={option.value === value ? ref : undefined}
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}
