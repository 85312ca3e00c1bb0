import { useState } from "react";

import { readParams } from "@/api/configs";
import { toProblem } from "@/api/problem";
import type { Reading } from "@/api/types";
import type { JobForm } from "@/components/job-form/use-job-form";
import { shownValues } from "@/components/schema-form/values";
import { toast } from "@/components/toasts";
import { formatCounted } from "@/lib/format";

const FORMS = { yaml: "YAML", json: "JSON", command: "a command" };

/** Whether a text is a whole configuration and not what somebody would put into a field: YAML, JSON or a command. */
export function looksLikeConfiguration(text: string): boolean {
  const whole = text.trim();
  if (/^\{[^]*"[^]*:[^]*\}$/.test(whole) || /(^|\s)\S+\.py\s[^]*--\w/.test(whole) || /^--\w[\w-]*[\s=]/.test(whole)) return true;
  const lines = whole.split("\n").filter((line) => line.trim() !== "" && !/^\s*(#|- )/.test(line));
  return lines.length > 1 && lines.every((line) => /^[A-Za-z_][\w-]*:(\s|$)/.test(line));
}

export interface Pasting {
  onPaste: (event: React.ClipboardEvent) => void;
  /** What a pasted text had no place for. */
  leftover: Reading | null;
  dismiss: () => void;
}

/** A configuration that is pasted anywhere on the form fills it in. */
export function usePasting(job: JobForm): Pasting {
  const [leftover, setLeftover] = useState<Reading | null>(null);
  const take = async (text: string) => {
    try {
      const reading = await readParams(job.kind.kind, text);
      const given = shownValues(job.spec.fields, reading.values);
      const undo = job.fill({ ...job.form.getValues(), ...given });
      toast({ title: `${formatCounted(Object.keys(given).length, "setting")} filled in from ${FORMS[reading.form]}`, key: "filled", action: { label: "Undo", onSelect: undo } });
      setLeftover(reading.unknown.length + reading.errors.length > 0 ? reading : null);
    } catch (error) {
      toast({ title: "Not filled in", description: toProblem(error).message, tone: "error", key: "filled" });
    }
  };
  const onPaste = (event: React.ClipboardEvent) => {
    const text = event.clipboardData.getData("text/plain");
    if (event.target instanceof HTMLTextAreaElement || !looksLikeConfiguration(text)) return;
    event.preventDefault();
    void take(text);
  };
  return { onPaste, leftover, dismiss: () => setLeftover(null) };
}
