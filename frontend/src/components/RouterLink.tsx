import { Button, type ButtonProps, chakra } from "@chakra-ui/react";
import { Link } from "react-router";

/** A link inside the dashboard. */
export const RouterLink = chakra(Link, {
  base: {
    fontWeight: "medium",
    borderRadius: "xs",
    textUnderlineOffset: "3px",
    focusVisibleRing: "outside",
    _hover: { textDecoration: "underline" },
  },
});

/** A link that looks like a button, since it is the next thing to do. */
export function LinkButton({ to, children, ...button }: ButtonProps & { to: string }) {
  return (
    <Button asChild size="sm" {...button}>
      <Link to={to}>{children}</Link>
    </Button>
  );
}
