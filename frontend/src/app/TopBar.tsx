import { Box, Flex } from "@chakra-ui/react";
import { useLocation } from "react-router";

import { ConnectionDot } from "@/app/ConnectionDot";
import { NowRunning } from "@/app/NowRunning";
import { Product } from "@/app/Product";

/** On top of a narrow page, where the side bar has no room: whose page it is, whether it is live, what runs where the page does not say. */
export function TopBar() {
  const { pathname } = useLocation();
  return (
    <Box as="header" px="4" pt="3">
      <Flex align="center" justify="space-between" mx="-2" mb="3">
        <Product nameFrom="base" />
        <ConnectionDot wordsFrom="base" />
      </Flex>
      {pathname !== "/" && <NowRunning />}
    </Box>
  );
}
