import { chakra } from "@chakra-ui/react";
import { Ellipsis } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { NavLink, useLocation } from "react-router";

import { isExact, PAGES } from "@/app/navigation";

/** Loaded when first opened, as what dialogs are made of. */
const MoreSheet = lazy(() => import("@/app/MoreSheet"));

const Bar = chakra("nav", {
  base: {
    display: "grid",
    gridAutoFlow: "column",
    gridAutoColumns: "1fr",
    position: "fixed",
    insetX: "0",
    bottom: "0",
    zIndex: "docked",
    px: "1",
    pb: "env(safe-area-inset-bottom)",
    bg: "bg.panel",
    borderTopWidth: "1px",
  },
});

const look = {
  display: "flex",
  flexDirection: "column",
  alignItems: "center",
  justifyContent: "center",
  gap: "0.5",
  h: "14",
  minW: "0",
  fontSize: "11px",
  color: "fg.muted",
  cursor: "pointer",
  borderRadius: "md",
  focusVisibleRing: "inside",
  "&.active": { color: "fg", fontWeight: "medium" },
} as const;

const BarLink = chakra(NavLink, { base: look });
const BarButton = chakra("button", { base: look });

const OFTEN = PAGES.filter(({ often }) => often);
const SELDOM = PAGES.filter(({ often }) => !often);

/** The navigation of a narrow screen: what is used most within reach of the thumb, the rest one press away. */
export function BottomBar() {
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  const isBelowMore = SELDOM.some(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
  return (
    <>
      <Bar aria-label="Pages">
        {OFTEN.map((page) => (
          <BarLink key={page.to} to={page.to} end={isExact(page)}>
            <page.icon size={19} aria-hidden />
            {page.label}
          </BarLink>
        ))}
        <BarButton type="button" className={isBelowMore ? "active" : undefined} aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(true)}>
          <Ellipsis size={19} aria-hidden />
          More
        </BarButton>
      </Bar>
      <Suspense>{isOpen && <MoreSheet pages={SELDOM} onClose={() => setOpen(false)} />}</Suspense>
    </>
  );
}
