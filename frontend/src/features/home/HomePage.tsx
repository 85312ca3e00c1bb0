import { Box, Grid, Stack } from "@chakra-ui/react";

import { usePulse } from "@/api/pulse";
import type { Pulse } from "@/api/types";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { GuideCard } from "@/features/home/GuideCard";
import { HealthCard } from "@/features/home/HealthCard";
import { MachineCard } from "@/features/home/MachineCard";
import { NextCard } from "@/features/home/NextCard";
import { QueueCard } from "@/features/home/QueueCard";
import { RecentCard } from "@/features/home/RecentCard";
import { RunningCard } from "@/features/home/RunningCard";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/`: what goes on, on what machine, and what to do next. */
export default function HomePage() {
  useDocumentTitle("Home");
  const pulse = usePulse();
  return (
    <>
      <PageHeader title="Home" description="What runs, what waits, and what came of it." actions={<LinkButton to="/train">New run</LinkButton>} />
      {pulse ? <Overview pulse={pulse} /> : <Loading heights={["132px", "240px", "240px"]} label="Loading what goes on" />}
    </>
  );
}

function Overview({ pulse }: { pulse: Pulse }) {
  return (
    <Grid templateColumns={{ base: "minmax(0, 1fr)", lg: "minmax(0, 1fr) 300px" }} gap="4" alignItems="start">
      <Stack gap="4" minW="0">
        <GuideCard pulse={pulse} />
        <RunningCard jobs={pulse.running} now={pulse.now} queued={pulse.queued} />
        {pulse.queued > 0 && <QueueCard />}
        {pulse.ended.length > 0 && <RecentCard jobs={pulse.ended} />}
      </Stack>
      <Box>
        <Stack gap="4">
          <MachineCard load={pulse.load} gpus={pulse.gpus} />
          <NextCard ended={pulse.ended} />
          <HealthCard pulse={pulse} />
        </Stack>
      </Box>
    </Grid>
  );
}
