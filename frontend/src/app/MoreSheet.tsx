import { Flex, Grid } from "@chakra-ui/react";
import { X } from "lucide-react";

import { ColorModeButton } from "@/app/ColorModeButton";
import { ConnectionDot } from "@/app/ConnectionDot";
import type { NavigationPage } from "@/app/navigation";
import { NavigationLink } from "@/app/NavigationLink";
import { NoticeButton } from "@/app/NoticeButton";
import { SignOutButton } from "@/app/SignOutButton";
import { Dialog } from "@/components/Dialog";
import { IconAction } from "@/components/IconAction";

interface MoreSheetProps {
  pages: NavigationPage[];
  onClose: () => void;
}

/** What the bottom bar has no room for, in a sheet that comes up from it. */
export default function MoreSheet({ pages, onClose }: MoreSheetProps) {
  return (
    <Dialog title="More pages" size="sheet" aside={<IconAction label="Close" icon={X} onClick={onClose} />} onClose={onClose}>
      <Grid as="nav" aria-label="More pages" templateColumns="1fr 1fr" gap="1">
        {pages.map(({ to, label, icon: Icon }) => (
          <NavigationLink key={to} to={to} h="11" onClick={onClose}>
            <Icon size={17} aria-hidden />
            {label}
          </NavigationLink>
        ))}
      </Grid>
      <Flex mt="3" pt="3" px="1" borderTopWidth="1px" align="center" justify="space-between">
        <ConnectionDot wordsFrom="base" />
        <Flex gap="1">
          <SignOutButton />
          <NoticeButton />
          <ColorModeButton />
        </Flex>
      </Flex>
    </Dialog>
  );
}
