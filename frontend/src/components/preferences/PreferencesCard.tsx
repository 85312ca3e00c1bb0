import { Box, Flex, Stack, Text } from "@chakra-ui/react";
import { type ReactNode, useId } from "react";

import { Card } from "@/components/Card";
import { Segments } from "@/components/Segments";
import { Switch } from "@/components/Switch";
import { toast } from "@/components/toasts";
import { theme, type ThemeChoice, useTheme } from "@/lib/color-mode";
import { askForNotices } from "@/lib/notices";
import { endNotices, letterKeys, usePreference } from "@/lib/preferences";

const THEMES: { value: ThemeChoice; label: string }[] = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "system", label: "As the system" },
];

/** What holds in this browser alone: colours, notifications, keys. */
export function PreferencesCard() {
  const colours = useTheme();
  const notices = usePreference(endNotices);
  const letters = usePreference(letterKeys);
  const notify = async (wanted: boolean) => {
    if (!wanted) return endNotices.choose(false);
    if ((await askForNotices()) !== "granted") {
      toast({ title: "No notifications", description: "The browser does not allow them for this address; its own settings say so.", tone: "warning", key: "notices" });
    }
  };
  return (
    <Card title="This browser">
      <Stack gap="4">
        <Line label="Colours" help="Kept in this browser.">
          {() => <Segments name="theme" label="Colours" options={THEMES} value={colours} onChange={(value) => theme.choose(value as ThemeChoice)} />}
        </Line>
        <Line label="Notify me when a run ends" help="By the system, also while this page is in the background; never of a run that was cancelled.">
          {(ids) => <Switch aria-labelledby={ids.label} aria-describedby={ids.help} checked={notices} onChange={(wanted) => void notify(wanted)} />}
        </Line>
        <Line label="Single letters do something" help="Such as ? for the keys, or G then J for the jobs. Off for whoever speaks to the computer.">
          {(ids) => <Switch aria-labelledby={ids.label} aria-describedby={ids.help} checked={letters} onChange={letterKeys.choose} />}
        </Line>
      </Stack>
    </Card>
  );
}

interface Ids {
  label: string;
  help: string;
}

function Line({ label, help, children }: { label: string; help: string; children: (ids: Ids) => ReactNode }) {
  const id = useId();
  const ids = { label: `${id}label`, help: `${id}help` };
  return (
    <Flex justify="space-between" align="center" gap="4" wrap="wrap">
      <Box minW="0" flex="1 1 14rem">
        <Text id={ids.label} fontWeight="medium">
          {label}
        </Text>
        <Text id={ids.help} textStyle="xs" color="fg.muted">
          {help}
        </Text>
      </Box>
      {children(ids)}
    </Flex>
  );
}

