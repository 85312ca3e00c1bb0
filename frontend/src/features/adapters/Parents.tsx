import { Fragment } from "react";

import { RouterLink } from "@/components/RouterLink";
import { adapterAddress } from "@/features/adapters/addresses";
import { formatMetric } from "@/lib/format";

/** The adapters of a merge with their weights. */
export function Parents({ parents }: { parents: { name: string; weight?: number | null }[] }) {
  return parents.map(({ name, weight }, index) => (
    <Fragment key={`${name}${index}`}>
      {index > 0 && " + "}
      {weight != null && `${formatMetric(weight)} × `}
      <RouterLink to={adapterAddress(name)}>{name}</RouterLink>
    </Fragment>
  ));
}
