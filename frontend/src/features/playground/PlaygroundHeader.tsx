import { Box, Button } from "@chakra-ui/react";
import { History, SquarePen } from "lucide-react";

import { PageHeader } from "@/components/PageHeader";
import { SettingsButton } from "@/features/playground/SettingsPanel";
import type { Settings } from "@/features/playground/use-settings";

interface PlaygroundHeaderProps {
  settings: Settings;
  panelId: string;
  settingsOpen: boolean;
  onSettings: () => void;
  onHistory: () => void;
  /** Absent while nothing has been said that would have to be cleared. */
  onNew: (() => void) | undefined;
}

export function PlaygroundHeader({ settings, panelId, settingsOpen, onSettings, onHistory, onNew }: PlaygroundHeaderProps) {
  return (
    <PageHeader
      title="Playground"
      description="The same question to up to four models, side by side."
      actions={
        <>
          <Button
            size="sm"
            variant="outline"
            title="Clears the page; this conversation stays in the history"
            disabled={!onNew}
            onClick={onNew}
          >
            <SquarePen aria-hidden />
            <span>
              New{" "}
              <Box as="span" srOnly={{ base: true, sm: false }}>
                conversation
              </Box>
            </span>
          </Button>
          <Button size="sm" variant="outline" onClick={onHistory}>
            <History aria-hidden /> History
          </Button>
          <SettingsButton settings={settings} panelId={panelId} open={settingsOpen} onToggle={onSettings} />
        </>
      }
    />
  );
}
