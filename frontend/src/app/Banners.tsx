import { Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { useContact } from "@/api/contact";
import { healthQuery } from "@/api/system";
import { Notice } from "@/components/Notice";

const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

/** What has to be known on every page: no contact, or nothing here is real. */
export function Banners() {
  const { lost, since } = useContact();
  const { data: health } = useQuery(healthQuery);
  if (!lost && !health?.test_mode) return null;
  return (
    <Stack gap="2" mb="5">
      {lost && (
        <Notice tone="warning" title={`Lost contact with the service${since ? ` at ${CLOCK.format(since)}` : ""}`}>
          <Text>Jobs that run are not affected. What you see is the last known state; trying again every two seconds.</Text>
        </Notice>
      )}
      {health?.test_mode && (
        <Notice tone="info" title="Test mode">
          <Text>Nothing is trained here: adapters, answers and scores are placeholders.</Text>
        </Notice>
      )}
    </Stack>
  );
}
