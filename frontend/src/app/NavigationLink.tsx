import { chakra } from "@chakra-ui/react";
import { NavLink } from "react-router";

/** A page in the navigation; the one that is open is marked, for screen readers too. */
export const NavigationLink = chakra(NavLink, {
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
