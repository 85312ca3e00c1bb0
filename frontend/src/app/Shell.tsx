import { Box, chakra, Flex } from "@chakra-ui/react";
import { lazy, Suspense, useEffect } from "react";
import { NavigationType, Outlet, useLocation, useNavigationType } from "react-router";

import { usePulseLoop } from "@/api/pulse";
import { Banners } from "@/app/Banners";
import { BottomBar } from "@/app/BottomBar";
import { ErrorBoundary } from "@/app/ErrorBoundary";
import { Sidebar } from "@/app/Sidebar";
import { TopBar } from "@/app/TopBar";
import { Loading } from "@/components/Loading";
import { useMedia } from "@/lib/use-media";

const BesideThePage = lazy(() => import("@/app/BesideThePage"));

/** Below the theme's `md` there is no room beside a page. */
const NARROW = "(max-width: 47.99rem)";

/** How much of a narrow page's lower edge is covered: what sticks there stands above it. */
const BOTTOM_BAR = "calc(3.5rem + env(safe-area-inset-bottom))";

const SkipLink = chakra("a", {
  base: {
    position: "absolute",
    left: "-9999px",
    zIndex: "skipNav",
    p: "3",
    bg: "bg.panel",
    borderRadius: "md",
    _focus: { left: "3", top: "3" },
  },
});

/** What stands around every page: navigation, state of the service, now-running job. */
export function Shell() {
  const { pathname } = useLocation();
  useScrollToTop(pathname);
  const narrow = useMedia(NARROW);
  usePulseLoop();
  return (
    <Flex direction={{ base: "column", md: "row" }} minH="100dvh" css={{ "--bottom-bar": narrow ? BOTTOM_BAR : "0px" }}>
      <SkipLink href="#main">Skip to the page</SkipLink>
      {narrow ? <TopBar /> : <Sidebar />}
      <Box as="main" id="main" tabIndex={-1} flex="1" minW="0" px={{ base: "4", md: "6", xl: "8" }} pt={{ base: "5", md: "6" }} pb={{ base: "24", md: "6" }} outline="none">
        <Box maxW="1240px" mx="auto">
          <Banners />
          <ErrorBoundary key={pathname}>
            <Suspense fallback={<Loading heights={["60px", "320px"]} label="Loading the page" />}>
              <Outlet />
            </Suspense>
          </ErrorBoundary>
        </Box>
      </Box>
      {narrow && <BottomBar />}
      <Suspense>
        <BesideThePage />
      </Suspense>
    </Flex>
  );
}

/** A page that is opened starts at its top; one that the back button brings stays where the browser puts it. */
function useScrollToTop(pathname: string) {
  const kind = useNavigationType();
  useEffect(() => {
    if (kind !== NavigationType.Pop) window.scrollTo(0, 0);
  }, [pathname, kind]);
}
