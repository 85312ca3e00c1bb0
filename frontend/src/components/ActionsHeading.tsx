import { Box } from "@chakra-ui/react";

/** Over the column of a table that holds each row's menu: read, not seen. */
export function ActionsHeading() {
  return (
    <th scope="col">
      <Box as="span" srOnly>
        Actions
      </Box>
    </th>
  );
}
