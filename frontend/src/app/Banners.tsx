import { Stack, Text } from "@chakra-ui/react";

import { usePulse } from "@/api/pulse";
import { useContact } from "@/api/contact";
import { LostContact } from "@/app/LostContact";
import { Notice } from "@/components/Notice";

/** What has to be known on every page: no contact, or nothing here is real. */
export function Banners() {
  const { lost } = useContact();
  const isTestMode = usePulse()?.test_mode ?? false;
  if (!lost && !isTestMode) return null;
  return (
    <Stack gap="2" mb="5">
      {lost && <LostContact />}
      {isTestMode && (
        <Notice tone="info" title="Test mode">
          <Text>Nothing is trained here: adapters, answers and scores are placeholders.</Text>
        </Notice>
      )}
    </Stack>
  );
}
