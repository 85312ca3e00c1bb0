import { useMutation } from "@tanstack/react-query";

import { fetchFitting } from "@/api/estimate";
import { toProblem } from "@/api/problem";
import type { Fitting } from "@/api/types";
import type { JobForm } from "@/components/job-form/use-job-form";
import { toast } from "@/components/toasts";

export interface FittingSearch {
  search: () => void;
  /** What would make the run fit; null before it was asked, or when nothing has to change or would help. */
  found: Fitting | null;
  leave: () => void;
}

/** The service's search for the smallest change with which the run fits. */
export function useFitting({ draft }: JobForm): FittingSearch {
  const { mutate, data, reset } = useMutation({
    mutationFn: () => fetchFitting(draft.params),
    onSuccess: ({ outcome, sentence }) => {
      if (outcome !== "changed") toast({ title: outcome === "fits" ? "Nothing has to change" : "Nothing makes it fit", description: sentence, tone: outcome === "fits" ? "success" : "warning", key: "fit" });
    },
    onError: (error) => toast({ title: "Nothing was found", description: toProblem(error).message, tone: "error", key: "fit" }),
  });
  return { search: () => mutate(), found: data?.outcome === "changed" ? data : null, leave: reset };
}
