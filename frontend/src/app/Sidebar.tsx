import { Box, chakra, Flex, Text } from "@chakra-ui/react";
import { Combine, FilePlus2, Gauge, Layers, ListChecks, MessageSquareText, SlidersHorizontal, Trophy } from "lucide-react";
import { NavLink } from "react-router";

import { ColorModeButton } from "@/app/ColorModeButton";
import { ConnectionDot } from "@/app/ConnectionDot";
import { NowRunning } from "@/app/NowRunning";
import { SignOutButton } from "@/app/SignOutButton";

const PAGES = [
  { to: "/generate", label: "Generate", icon: FilePlus2 },
  { to: "/train", label: "Train", icon: SlidersHorizontal },
  { to: "/jobs", label: "Jobs", icon: ListChecks },
  { to: "/adapters", label: "Adapters", icon: Layers },
  { to: "/merge", label: "Merge", icon: Combine },
  { to: "/playground", label: "Playground", icon: MessageSquareText },
  { to: "/evaluate", label: "Evaluate", icon: Gauge },
  { to: "/evaluations", label: "Leaderboard", icon: Trophy },
];

const Item = chakra(NavLink, {
  base: {
    display: "flex",
    alignItems: "center",
    gap: "2.5",
    px: { base: "1.5", sm: "2.5" },
    h: "9",
    borderRadius: "md",
    color: "fg.muted",
    whiteSpace: "nowrap",
    focusVisibleRing: "inside",
    _hover: { bg: "bg.muted", color: "fg" },
    "&.active": { bg: "bg.muted", color: "fg", fontWeight: "medium" },
  },
});

/** The left bar; a bar on top of the page where there is no room beside it. */
export function Sidebar() {
  return (
    <Flex
      as="aside"
      direction={{ base: "row", md: "column" }}
      position="sticky"
      top="0"
      zIndex="docked"
      h={{ md: "100dvh" }}
      w={{ md: "52px", lg: "212px" }}
      flexShrink="0"
      gap={{ base: "2", md: "6" }}
      align={{ base: "center", md: "stretch" }}
      px={{ base: "3", md: "2", lg: "3" }}
      py={{ base: "1.5", md: "5" }}
      bg="bg.panel"
      borderRightWidth={{ md: "1px" }}
      borderBottomWidth={{ base: "1px", md: "0" }}
    >
      <Flex align="center" gap="2.5" px="1" display={{ base: "none", md: "flex" }}>
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} width={24} height={24} alt="" />
        <Text fontWeight="semibold" display={{ base: "none", lg: "block" }}>
          QLoRA tuning
        </Text>
      </Flex>
      <Navigation />
      <Flex direction={{ base: "row", md: "column" }} gap="3" mt={{ md: "auto" }} ms={{ base: "auto", md: "0" }}>
        <Box display={{ base: "none", lg: "block" }}>
          <NowRunning />
        </Box>
        <Flex direction={{ base: "row", md: "column", lg: "row" }} align="center" justify="space-between" gap="2">
          <ConnectionDot />
          <Flex direction={{ base: "row", md: "column", lg: "row" }} gap="1">
            <SignOutButton />
            <ColorModeButton />
          </Flex>
        </Flex>
      </Flex>
    </Flex>
  );
}

function Navigation() {
  return (
    <Flex as="nav" aria-label="Pages" direction={{ base: "row", md: "column" }} gap="0.5">
      {PAGES.map(({ to, label, icon: Icon }) => (
        <Item key={to} to={to} title={label}>
          <Icon size={16} aria-hidden />
          <Box as="span" srOnly={{ base: true, lg: false }}>
            {label}
          </Box>
        </Item>
      ))}
    </Flex>
  );
}
