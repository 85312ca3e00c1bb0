import { Button, Flex, Stack, Text } from "@chakra-ui/react";
import { ArrowDown, Check } from "lucide-react";

import type { Comparison } from "@/api/types";
import { Card } from "@/components/Card";
import { InlineCode } from "@/components/InlineCode";

interface AdviceCardProps {
  comparison: Comparison;
  /** The method chosen now. */
  method: string;
  onTake: (method: string) => void;
  /** Leads to the figures behind it. */
  onLook: () => void;
}

/** The method that fits these adapters, why, and a button that takes it. */
export function AdviceCard({ comparison: { recommended, reason }, method, onTake, onLook }: AdviceCardProps) {
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
        <Flex align="center" gap="3" wrap="wrap">
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
          <Button size="xs" variant="ghost" onClick={onLook}>
            Layer by layer <ArrowDown aria-hidden />
          </Button>
        </Flex>
      </Stack>
    </Card>
  );
}
