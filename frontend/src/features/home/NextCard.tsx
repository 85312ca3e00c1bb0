import { Flex, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";

import { adaptersQuery } from "@/api/adapters";
import type { JobSummary } from "@/api/types";
import { Card } from "@/components/Card";
import { RouterLink } from "@/components/RouterLink";
import { nextSteps } from "@/features/home/next-steps";

/** What is worth doing after what ended last. */
export function NextCard({ ended }: { ended: JobSummary[] }) {
  const { data } = useQuery(adaptersQuery);
  const steps = nextSteps(ended, data?.adapters ?? []);
  if (steps.length === 0) return null;
  return (
    <Card title="Next">
      <Stack as="ul" gap="1" listStyleType="none">
        {steps.map(({ label, to }) => (
          <Flex as="li" key={to} align="center" gap="2">
            <ArrowRight size={14} aria-hidden style={{ flexShrink: 0 }} />
            <RouterLink to={to} py="0.5" overflowWrap="anywhere">
              {label}
            </RouterLink>
          </Flex>
        ))}
      </Stack>
    </Card>
  );
}
