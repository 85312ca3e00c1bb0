import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import type { components } from "@/api/schema.gen";
import type { JsonSchema, JsonValue } from "@/api/types";

type Schemas = components["schemas"];

export type SecretState = Schemas["SecretState"];
export type SettingSection = Schemas["SettingSection"];
export type Setting = Omit<Schemas["Setting"], "value" | "default" | "schema"> & {
  value: JsonValue | SecretState;
  default: JsonValue;
  schema: JsonSchema;
};
export type SettingList = Omit<Schemas["SettingList"], "settings"> & { settings: Setting[] };
/** New values by name; null takes a setting back to its default. */
export type SettingChanges = Record<string, JsonValue>;

export type ConnectionReport = Required<Schemas["ConnectionReport"]>;
export type ConnectionName = "language-model" | "hub" | "inference-server" | "model-cache";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => get<SettingList>("/settings", undefined, signal),
  refetchOnWindowFocus: true,
});

/** Writes settings, all or none. */
export function useSaveSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (changes: SettingChanges) => (await client.put<SettingList>("/settings", changes)).data,
    onSuccess: (list) => {
      queries.setQueryData(settingsQuery.queryKey, list);
      // Defaults of forms, and what the service says of itself, rest on settings.
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== settingsQuery.queryKey[0] });
    },
    gcTime: 0, // what was sent may hold keys
  });
}

/** Tries a connection with what is saved and, where it was typed and not saved yet, with that. */
export function useConnectionTest(what: ConnectionName) {
  return useMutation({
    mutationFn: async (typed: SettingChanges) => (await client.post<ConnectionReport>(`/settings/test/${what}`, typed, { timeout: 20_000 })).data,
    gcTime: 0,
  });
}
