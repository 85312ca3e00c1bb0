import { Button, Stack, Text } from "@chakra-ui/react";

import { useContact } from "@/api/contact";
import { usePulse } from "@/api/pulse";
import { LostContact } from "@/app/LostContact";
import { useNewVersion } from "@/app/new-version";
import { Notice } from "@/components/Notice";

/** What has to be known on every page: no contact, a page that is out of date, or nothing here is real. */
export function Banners() {
  const { lost } = useContact();
  const isTestMode = usePulse()?.test_mode ?? false;
  const isOld = useNewVersion();
  if (!lost && !isTestMode && !isOld) return null;
  return (
    <Stack gap="2" mb="5">
      {lost && <LostContact />}
      {isOld && !lost && <NewVersion />}
      {isTestMode && (
        <Notice tone="info" title="Test mode">
          <Text>Nothing is trained here: adapters, answers and scores are placeholders.</Text>
        </Notice>
      )}
    </Stack>
  );
}

function NewVersion() {
  return (
    <Notice
      tone="info"
      title="A new version is ready"
      action={
        <Button size="xs" variant="outline" flexShrink="0" onClick={() => window.location.reload()}>
          Reload
        </Button>
      }
    >
      <Text>This page is of the version before.</Text>
    </Notice>
  );
}
