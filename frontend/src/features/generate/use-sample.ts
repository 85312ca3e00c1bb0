import { useState } from "react";
import { useSearchParams } from "react-router";

import { submitJob } from "@/api/jobs";
import type { JsonObject } from "@/api/types";
import { newKey } from "@/lib/new-key";

const PATH = "/datasets/generate/sample";
/** Part of the address that names the sample's job, so that a reload shows it again. */
const SAMPLE = "sample";

export interface Sampling {
  /** The job that writes the sample, or has written it; null while there is none. */
  jobId: string | null;
  busy: boolean;
  /** Why it was not started. */
  error: unknown;
  write: () => void;
}

/** A sample with these parameters, started by hand. */
export function useSample(params: JsonObject): Sampling {
  const [search, setSearch] = useSearchParams();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const write = async () => {
    setBusy(true);
    setError(null);
    try {
      const { job_id: id } = await submitJob(PATH, params, newKey());
      setSearch((before) => new URLSearchParams([...[...before].filter(([name]) => name !== SAMPLE), [SAMPLE, id]]), { replace: true, preventScrollReset: true });
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return { jobId: search.get(SAMPLE), busy, error, write: () => void write() };
}
