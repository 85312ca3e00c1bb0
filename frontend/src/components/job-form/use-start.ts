import { useRef, useState } from "react";
import type { UseFormReturn } from "react-hook-form";
import { useNavigate } from "react-router";

import { submitJob } from "@/api/jobs";
import { fieldErrors, toProblem } from "@/api/problem";
import type { JobKind, JsonObject } from "@/api/types";
import type { FormSpec } from "@/components/schema-form/form-spec";
import { type FormValues, submission } from "@/components/schema-form/values";
import { newKey } from "@/lib/new-key";

export interface Starting {
  submit: (event: React.SyntheticEvent) => Promise<void>;
  busy: boolean;
  /** Refusals that belong to no field. */
  refusals: string[];
}

/** Sends the form; what the service refuses lands on its fields, and the first of them takes the focus. */
export function useStart(kind: JobKind, spec: FormSpec, form: UseFormReturn<FormValues>): Starting {
  const navigate = useNavigate();
  const keyFor = useIdempotencyKey();
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<string[]>([]);
  const names = spec.fields.map((field) => field.name);

  const focusFirst = (invalid: object) => {
    const first = names.find((name) => name in invalid);
    // After the next paint: the field may stand in a fold that opens because of its error.
    if (first) requestAnimationFrame(() => form.setFocus(first));
  };

  const send = async (values: FormValues) => {
    const { params } = submission(spec.fields, values);
    setBusy(true);
    setRefusals([]);
    try {
      const { job_id } = await submitJob(kind.path, params, keyFor(params));
      await navigate(`/jobs/${job_id}`);
    } catch (error) {
      const { fields, general } = fieldErrors(toProblem(error), names);
      for (const [name, message] of Object.entries(fields)) form.setError(name, { type: "server", message });
      setRefusals(general);
      focusFirst(fields);
    } finally {
      setBusy(false);
    }
  };

  return { submit: form.handleSubmit(send, focusFirst), busy, refusals };
}

/** The same parameters get the same key: a double click or a retry after a lost answer starts one job, not two. */
function useIdempotencyKey(): (params: JsonObject) => string {
  const last = useRef({ params: "", key: "" });
  return (params) => {
    const text = JSON.stringify(params);
    if (last.current.params !== text) last.current = { params: text, key: newKey() };
    return last.current.key;
  };
}
