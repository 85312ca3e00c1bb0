import { Button, Flex, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { sessionQuery, useSignOut } from "@/api/session";
import { Card } from "@/components/Card";
import { InlineCode } from "@/components/InlineCode";
import { PreferencesCard } from "@/components/preferences/PreferencesCard";

/** What is this browser's own: its look, its keys, its messages, and whether it is signed in. */
export function BrowserView() {
  return (
    <Stack gap="4">
      <PreferencesCard />
      <Access />
    </Stack>
  );
}

/** Whether a token is asked for here, and the way out. */
function Access() {
  const { data: session } = useQuery(sessionQuery);
  const { mutate, isPending } = useSignOut();
  if (!session) return null;
  return (
    <Card title="Access">
      {session.required ? (
        <Flex gap="4" align="center" justify="space-between" wrap="wrap">
          <Text color="fg.muted">Signed in: this browser holds a session of the service's token, in a cookie that no page can read.</Text>
          <Button size="sm" variant="outline" loading={isPending} onClick={() => mutate()}>
            Sign out
          </Button>
        </Flex>
      ) : (
        <Text color="fg.muted">
          <InlineCode text="No token is asked for: whoever uses this machine may use the service. Set `API_TOKEN` under Address and access to change that; programs then send it as `Authorization: Bearer …`." />
        </Text>
      )}
    </Card>
  );
}
