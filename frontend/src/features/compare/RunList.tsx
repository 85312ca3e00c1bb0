import { Flex, Grid, Text } from "@chakra-ui/react";
import { X } from "lucide-react";
import { useNavigate } from "react-router";

import { addressOfComparison, FEWEST_COMPARED } from "@/components/compared-runs";
import { IconAction } from "@/components/IconAction";
import { LinkButton, RouterLink } from "@/components/RouterLink";
import { StatusPill } from "@/components/StatusPill";
import { Swatch } from "@/features/compare/CompareTable";
import type { ComparedRun } from "@/features/compare/use-compared";

/** The runs that are compared, each with its line in the chart and the ways on. */
export function RunList({ runs }: { runs: ComparedRun[] }) {
  return (
    <Grid as="ul" listStyleType="none" templateColumns="repeat(auto-fill, minmax(min(280px, 100%), 1fr))" gap="3" mb="4">
      {runs.map((run, at) => (
        <RunTile key={run.id} run={run} at={at} others={runs.filter((other) => other !== run).map(({ id }) => id)} />
      ))}
    </Grid>
  );
}

function RunTile({ run: { id, job, letter }, at, others }: { run: ComparedRun; at: number; others: string[] }) {
  const navigate = useNavigate();
  return (
    <Flex as="li" direction="column" gap="2" p="3" bg="bg.panel" borderWidth="1px" borderRadius="lg" minW="0">
      <Flex align="center" gap="2">
        <Swatch at={at} />
        <Text as="span" fontWeight="semibold">
          {letter}
        </Text>
        <RouterLink to={`/jobs/${id}`} truncate flex="1" title={job.name} lineHeight="24px">
          {job.name}
        </RouterLink>
        {others.length >= FEWEST_COMPARED && (
          <IconAction label={`Leave out ${job.name}`} icon={X} onClick={() => void navigate(addressOfComparison(others), { replace: true })} />
        )}
      </Flex>
      <Flex align="center" gap="2" wrap="wrap">
        <StatusPill status={job.status} />
        <Flex gap="2" ms="auto">
          <LinkButton to={`/jobs/${id}`} size="xs" variant="outline">
            Open
          </LinkButton>
          <LinkButton to={`/${job.kind}?from=${id}`} size="xs" variant="outline">
            Duplicate
          </LinkButton>
        </Flex>
      </Flex>
    </Flex>
  );
}
