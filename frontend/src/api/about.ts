import { queryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import type { components } from "@/api/schema.gen";

type Schemas = components["schemas"];

export const aboutQuery = queryOptions({
  queryKey: ["about"],
  queryFn: ({ signal }) => get<Schemas["About"]>("/about", undefined, signal),
});

/** The machine as it is now. */
export const machineQuery = queryOptions({
  queryKey: ["machine"],
  queryFn: ({ signal }) => get<Schemas["Machine"]>("/system", undefined, signal),
});
