import { Flex, Stack, Text } from "@chakra-ui/react";
import { CircleCheck, CircleHelp, CircleX } from "lucide-react";

import type { Health, Summary } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { KeyValues } from "@/components/KeyValues";
import { controlKinds, type ControlKind, ratingFacts } from "@/features/evaluations/health";
import { formatCount, formatShare } from "@/lib/format";

/** Can the judge be believed? What planted answers, other judges and people say. */
export function HealthCard({ summary }: { summary: Summary }) {
  const { health } = summary;
  const facts = ratingFacts(summary);
  return (
    <Card title="Health of the judge" aside={health && <Passed health={health} />}>
      <Stack gap="4">
        {health && <Controls kinds={controlKinds(health)} />}
        {facts.length > 0 && <KeyValues entries={facts} />}
        <Text textStyle="xs" color="fg.muted">
          Planted answers have a grade that is known beforehand; they are no part of any figure above.
        </Text>
      </Stack>
    </Card>
  );
}

function Passed({ health: { passed } }: { health: Health }) {
  if (passed.value === null) return <Text color="fg.muted">no control was judged</Text>;
  return (
    <Text fontWeight="medium">
      {formatShare(passed.value)} of {formatCount(passed.n)} controls passed
    </Text>
  );
}

const MARKS = {
  passed: { icon: CircleCheck, color: "fg.success", words: "graded as they should be" },
  failed: { icon: CircleX, color: "fg.error", words: "graded wrongly" },
  silent: { icon: CircleHelp, color: "fg.warning", words: "without a grade" },
};

function Controls({ kinds }: { kinds: ControlKind[] }) {
  return (
    <Stack as="ul" gap="3" listStyleType="none">
      {kinds.map((kind) => {
        const { icon: Icon, color, words } = MARKS[kind.outcome];
        return (
          <Flex as="li" key={kind.title} gap="3" align="flex-start">
            <Flex color={color} pt="1">
              <Icon size={16} role="img" aria-label={words} />
            </Flex>
            <Stack gap="0">
              <Text>{kind.title}</Text>
              <Text textStyle="xs" color="fg.muted">
                {kind.sentence}
              </Text>
            </Stack>
          </Flex>
        );
      })}
    </Stack>
  );
}
