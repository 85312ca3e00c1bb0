import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import type { Session } from "@/api/types";

/** Whether a token is asked for, and whether this browser has given it; an answer of 401 elsewhere overrules it. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => get<Session>("/session", undefined, signal),
  staleTime: Infinity,
  retry: false,
});

/** Swaps the token for a cookie that no script can read; whether the browser kept it is what the session then says. */
export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (token: string): Promise<Session> => {
      await client.post("/session", { token });
      return queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
    },
    gcTime: 0, // what was asked for holds the token
  });
}

/** Whoever comes next sees nothing of what was on the pages. */
export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => client.delete("/session"),
    onSuccess: () => {
      queries.setQueryData(sessionQuery.queryKey, { required: true, signed_in: false });
      queries.removeQueries({ predicate: ({ queryKey: [name] }) => name !== sessionQuery.queryKey[0] });
    },
  });
}
