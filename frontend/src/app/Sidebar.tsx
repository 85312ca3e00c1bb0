import { Box, Flex, Text } from "@chakra-ui/react";

import { ColorModeButton } from "@/app/ColorModeButton";
import { ConnectionDot } from "@/app/ConnectionDot";
import { isExact, NAVIGATION, type NavigationGroup, type NavigationPage } from "@/app/navigation";
import { NavigationLink } from "@/app/NavigationLink";
import { NoticeButton } from "@/app/NoticeButton";
import { NowRunning } from "@/app/NowRunning";
import { Product } from "@/app/Product";
import { SignOutButton } from "@/app/SignOutButton";

/** The left bar: names on wide screens, icons alone on less wide ones. */
export function Sidebar() {
  return (
    <Flex
      as="aside"
      aria-label="Navigation"
      direction="column"
      position="sticky"
      top="0"
      zIndex="docked"
      h="100dvh"
      w={{ base: "56px", lg: "212px" }}
      flexShrink="0"
      gap="5"
      px={{ base: "2", lg: "3" }}
      py="5"
      overflowY="auto"
      bg="bg.panel"
      borderRightWidth="1px"
    >
      <Product nameFrom="lg" />
      <Flex as="nav" aria-label="Pages" direction="column" gap={{ base: "2", lg: "3" }}>
        {NAVIGATION.map((group) => (
          <Group key={group.title} group={group} />
        ))}
      </Flex>
      <Flex direction="column" gap="3" mt="auto">
        <Box display={{ base: "none", lg: "block" }}>
          <NowRunning />
        </Box>
        <Flex direction={{ base: "column", lg: "row" }} align="center" justify="space-between" gap="2">
          <ConnectionDot wordsFrom="lg" />
          <Flex direction={{ base: "column", lg: "row" }} gap="1">
            <SignOutButton />
            <NoticeButton />
            <ColorModeButton />
          </Flex>
        </Flex>
      </Flex>
    </Flex>
  );
}

function Group({ group: { title, pages } }: { group: NavigationGroup }) {
  return (
    <Flex direction="column" gap="0.5">
      {title && (
        <Text px="2.5" mb="0.5" textStyle="xs" color="fg.subtle" display={{ base: "none", lg: "block" }}>
          {title}
        </Text>
      )}
      {pages.map((page) => (
        <Item key={page.to} page={page} />
      ))}
    </Flex>
  );
}

function Item({ page }: { page: NavigationPage }) {
  const { to, label, icon: Icon } = page;
  return (
    <NavigationLink to={to} end={isExact(page)} title={label}>
      <Icon size={16} aria-hidden style={{ flexShrink: 0 }} />
      <Box as="span" srOnly={{ base: true, lg: false }}>
        {label}
      </Box>
    </NavigationLink>
  );
}
