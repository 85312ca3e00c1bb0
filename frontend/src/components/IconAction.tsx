import { IconButton, type IconButtonProps } from "@chakra-ui/react";
import type { LucideIcon } from "lucide-react";

type IconActionProps = Omit<IconButtonProps, "aria-label" | "title" | "children"> & {
  label: string;
  icon: LucideIcon;
  ref?: React.Ref<HTMLButtonElement>;
};

/** A small button without words; its name is there for the pointer and for the screen reader. */
export function IconAction({ label, icon: Icon, ...button }: IconActionProps) {
  return (
    <IconButton type="button" size="xs" variant="ghost" aria-label={label} title={label} {...button}>
      <Icon aria-hidden />
    </IconButton>
  );
}
