import { Box, Flex, Text } from "@chakra-ui/react";
import { TriangleAlert } from "lucide-react";

interface GaugeProps {
  label: string;
  /** From 0 to 1. */
  share: number;
  figure: string;
  /** What is bad about it, if something is. */
  warning?: string | null;
}

/** A share of something limited, as a bar and in words. */
export function Gauge({ label, share, figure, warning = null }: GaugeProps) {
  const percent = Math.min(100, Math.max(0, Number.isFinite(share) ? share * 100 : 0));
  return (
    <Box>
      <Flex justify="space-between" gap="3" textStyle="xs" mb="1.5">
        <Text color="fg.muted">{label}</Text>
        <Text whiteSpace="nowrap">{figure}</Text>
      </Flex>
      <Box role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(percent)} aria-valuetext={figure} h="6px" bg="bg.emphasized" borderRadius="full" overflow="hidden">
        <Box h="full" borderRadius="full" bg={warning ? "orange.solid" : "data.rate"} transition="width 0.4s" style={{ width: `${percent}%` }} />
      </Box>
      {warning && (
        <Flex mt="1.5" gap="1.5" align="flex-start" textStyle="xs" color="fg.warning">
          <Box pt="0.5">
            <TriangleAlert size={12} aria-hidden />
          </Box>
          {warning}
        </Flex>
      )}
    </Box>
  );
}
