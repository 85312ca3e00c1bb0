import { chakra } from "@chakra-ui/react";
import type { ComponentProps } from "react";
import { NavLink } from "react-router";

import { BASE, loadAhead } from "@/app/pages";

const Look = chakra(NavLink, {
  base: {
    display: "flex",
    alignItems: "center",
    gap: "2.5",
    px: "2.5",
    h: "9",
    borderRadius: "md",
    color: "fg.muted",
    whiteSpace: "nowrap",
    focusVisibleRing: "inside",
    _hover: { bg: "bg.muted", color: "fg" },
    "&.active": { bg: "bg.muted", color: "fg", fontWeight: "medium" },
  },
});

/** A page in the navigation; the one that is open is marked, for screen readers too. */
export function NavigationLink(props: ComponentProps<typeof Look>) {
  return <Look onPointerEnter={() => loadAhead(`${BASE}${String(props.to)}`)} {...props} />;
}
