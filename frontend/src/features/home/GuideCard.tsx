import { Button, Flex, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";

import { adaptersQuery } from "@/api/adapters";
import type { Pulse } from "@/api/types";
import { Card } from "@/components/Card";
import { Loading } from "@/components/Loading";
import { Preference, usePreference } from "@/lib/preferences";

/** Loaded for whoever needs it: most visits are not the first. */
const GuideSteps = lazy(() => import("@/features/home/GuideSteps"));

const guideHidden = new Preference("guide-hidden", false);

/** After so many runs nobody needs to be led. */
const ENOUGH_RUNS = 3;

/** The first run, step by step, for whoever has none or few; it can be put away for good. */
export function GuideCard({ pulse }: { pulse: Pulse }) {
  const isHidden = usePreference(guideHidden);
  const { data } = useQuery(adaptersQuery);
  if (isHidden || !data || (data.adapters.length > 0 && pulse.ended.length >= ENOUGH_RUNS)) return null;
  return (
    <Card title="Your first run" aside={<HideButton />}>
      <Stack gap="4">
        <Text color="fg.muted" maxW="64ch">
          From nothing to a model that answers questions: it needs no GPU, no download and no account, and takes a few minutes.
        </Text>
        <Suspense fallback={<Loading heights={["216px"]} label="Loading the guide" />}>
          <GuideSteps pulse={pulse} adapters={data.adapters} />
        </Suspense>
      </Stack>
    </Card>
  );
}

function HideButton() {
  return (
    <Flex>
      <Button size="xs" variant="ghost" onClick={() => guideHidden.choose(true)}>
        Hide the guide
      </Button>
    </Flex>
  );
}
