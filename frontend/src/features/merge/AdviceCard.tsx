import { Button, Flex, Stack, Text } from "@chakra-ui/react";
import { Check } from "lucide-react";

import type { Comparison } from "@/api/types";
import { Card } from "@/components/Card";
import { InlineCode } from "@/components/InlineCode";

interface AdviceCardProps {
  comparison: Comparison;
  /** The method chosen now. */
  method: string;
  onTake: (method: string) => void;
}

/** The method that fits these adapters, why, and a button that takes it. */
export function AdviceCard({ comparison: { recommended, reason }, method, onTake }: AdviceCardProps) {
  return (
    <Card
      title={
        <>
          Recommended: <InlineCode text={`\`${recommended}\``} />
        </>
      }
    >
      <Stack gap="3" align="start">
        <Text>{reason}</Text>
        {method === recommended ? (
          <Flex align="center" gap="1.5" color="fg.success">
            <Check size={14} aria-hidden />
            <Text>It is the one chosen.</Text>
          </Flex>
        ) : (
          <Button size="xs" variant="outline" onClick={() => onTake(recommended)}>
            Use {recommended}
          </Button>
        )}
      </Stack>
    </Card>
  );
}
