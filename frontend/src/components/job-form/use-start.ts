import { useState } from "react";
import { useNavigate } from "react-router";

import { submitJob } from "@/api/jobs";
import { submitSweep } from "@/api/sweeps";
import { fieldErrors, toProblem } from "@/api/problem";
import type { JobForm } from "@/components/job-form/use-job-form";
import { type FormValues, submission } from "@/components/schema-form/values";
import { useIdempotencyKey } from "@/lib/use-idempotency-key";

export interface Starting {
  submit: (event: React.SyntheticEvent) => Promise<void>;
  busy: boolean;
  /** Refusals that belong to no field. */
  refusals: string[];
}

/** How a form is sent, where it is not one job of its kind. */
export interface Sending {
  /** Tags of the job. */
  tags?: string[];
  /** Brings the fields in sight, for one that needs to be seen. */
  reveal?: () => void;
}

/** Sends the form; what the service refuses lands on its fields, and the first of them takes the focus. */
export function useStart(job: JobForm, { tags = [], reveal }: Sending = {}): Starting {
  const { kind, spec, form } = job;
  const navigate = useNavigate();
  const keyFor = useIdempotencyKey();
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<string[]>([]);
  const names = spec.fields.map((field) => field.name);

  const focusFirst = (invalid: object) => {
    const first = names.find((name) => name in invalid);
    reveal?.();
    // After the next paint: the field may stand in a fold that opens because of its error.
    if (first) requestAnimationFrame(() => form.setFocus(first));
  };

  const send = async (values: FormValues) => {
    const { params, vary } = submission(spec.fields, values);
    const isSweep = Object.keys(vary).length > 0;
    setBusy(true);
    setRefusals([]);
    try {
      const key = keyFor({ params, vary, tags });
      const address = isSweep
        ? `/jobs?tag=${encodeURIComponent((await submitSweep({ kind: kind.kind, params, vary, tags }, key)).tag)}`
        : `/jobs/${(await submitJob(kind.path, params, key, tags)).job_id}`;
      job.forget();
      await navigate(address);
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
