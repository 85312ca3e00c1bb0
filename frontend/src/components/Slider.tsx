import type { CSSProperties } from "react";

import styles from "@/components/Slider.module.css";

interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
  /** The value in words, where its number alone says too little. */
  words?: string;
  /** Below the track, evenly spread from its one end to the other. */
  marks?: string[];
}

/** A number by hand: the browser's own, with the arrow keys, Page Up and Down, Home and End. */
export function Slider({ label, value, min, max, step, onChange, words, marks }: SliderProps) {
  const share = { "--share": `${((value - min) / (max - min)) * 100}%` } as CSSProperties;
  return (
    <>
      <input
        type="range"
        className={styles.slider}
        style={share}
        aria-label={label}
        aria-valuetext={words}
        title={words}
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      {marks && (
        <div aria-hidden className={styles.marks}>
          {marks.map((mark) => (
            <span key={mark}>{mark}</span>
          ))}
        </div>
      )}
    </>
  );
}
