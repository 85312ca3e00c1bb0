import { Box, chakra } from "@chakra-ui/react";
import { Fragment, type ReactNode } from "react";

const Term = chakra("dt", { base: { color: "fg.muted" } });
const Detail = chakra("dd", { base: { overflowWrap: "anywhere", minW: "0" } });

/** Names with their values, in two columns. */
export function KeyValues({ entries }: { entries: [string, ReactNode][] }) {
  return (
    <Box as="dl" display="grid" gridTemplateColumns="minmax(7rem, max-content) 1fr" columnGap="6" rowGap="1.5">
      {entries.map(([name, value]) => (
        <Fragment key={name}>
          <Term>{name}</Term>
          <Detail>{value}</Detail>
        </Fragment>
      ))}
    </Box>
  );
}
