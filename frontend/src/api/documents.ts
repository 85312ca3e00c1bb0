import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, get } from "@/api/client";
import type { components } from "@/api/schema.gen";

type Schemas = components["schemas"];

/** A book takes a while to arrive, and to be read once it has. */
const UPLOAD_TIMEOUT_MS = 300_000;

/** Texts that a dataset can be written from. */
export const documentsQuery = queryOptions({
  queryKey: ["documents"],
  queryFn: ({ signal }) => get<Schemas["DocumentList"]>("/documents", undefined, signal),
  select: (answer) => answer.documents,
});

/** Brings a document to the service, which reads it before it takes it. */
export function useUploadDocument() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (file: File) => {
      const options = { params: { name: file.name }, headers: { "content-type": "application/octet-stream" }, timeout: UPLOAD_TIMEOUT_MS };
      return (await client.post<Schemas["UploadedDocument"]>("/documents", file, options)).data;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: documentsQuery.queryKey }),
  });
}
