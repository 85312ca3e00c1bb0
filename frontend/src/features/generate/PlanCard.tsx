import { Box, Flex, Stack, Text } from "@chakra-ui/react";

import type { GenerationPlan, PlannedLeaf } from "@/api/generation-types";
import { Card } from "@/components/Card";
import { KeyValues } from "@/components/KeyValues";
import { formatCount, formatCounted } from "@/lib/format";

/** What will be written about what, before anything is asked. */
export function PlanCard({ plan }: { plan: GenerationPlan }) {
  const branches = branchesOf(plan.leaves);
  const mix = mixOf(plan);
  return (
    <Card title="Plan" aside={<Text color="fg.muted">{formatCounted(plan.leaves.length, "subtopic")}</Text>}>
      <Stack gap="3">
        {plan.note && <Text color="fg.muted">{plan.note}</Text>}
        {mix.length > 0 && <KeyValues entries={mix} />}
        <Box maxH="20rem" overflowY="auto" tabIndex={0} role="region" aria-label="Subtopics of the plan" focusVisibleRing="inside">
          <Stack as="ul" gap="3" listStyleType="none">
            {branches.map(({ name, leaves, count }) => (
              <Box as="li" key={name}>
                <Flex justify="space-between" gap="3">
                  <Text fontWeight="medium">{name}</Text>
                  <Text color="fg.muted">{formatCount(count)}</Text>
                </Flex>
                <Stack as="ul" gap="0" listStyleType="none" ps="3">
                  {leaves.map((leaf) => (
                    <Flex as="li" key={leaf.id} justify="space-between" gap="3" color="fg.muted">
                      <Text overflowWrap="anywhere">{leaf.name}</Text>
                      <Text>{formatCount(leaf.count)}</Text>
                    </Flex>
                  ))}
                </Stack>
              </Box>
            ))}
          </Stack>
        </Box>
      </Stack>
    </Card>
  );
}

/** What is dealt out over the records, each with how many get it. */
function mixOf({ difficulties, forms, personas, labels, evolved }: GenerationPlan): [string, string][] {
  const parts: [string, Record<string, number>][] = [
    ["Difficulty", difficulties],
    ["Kinds of task", forms],
    ["Written for", personas],
    ["Labels", labels],
    ["Made harder", evolved > 0 ? { records: evolved } : {}],
  ];
  return parts
    .filter(([, counts]) => Object.keys(counts).length > 0)
    .map(([name, counts]) => [name, Object.entries(counts).map(([value, count]) => `${value} ${formatCount(count)}`).join(" · ")]);
}

interface Branch {
  name: string;
  leaves: PlannedLeaf[];
  count: number;
}

/** The subtopics by what they are part of; one without a branch stands by itself. */
export function branchesOf(leaves: PlannedLeaf[]): Branch[] {
  const branches = new Map<string, PlannedLeaf[]>();
  for (const leaf of leaves) {
    const name = leaf.branch || leaf.name;
    branches.set(name, [...(branches.get(name) ?? []), leaf]);
  }
  return [...branches].map(([name, own]) => ({
    name,
    leaves: own.filter((leaf) => leaf.branch !== "" && leaf.branch !== leaf.name),
    count: own.reduce((sum, { count }) => sum + count, 0),
  }));
}
