import { Box, SimpleGrid, Text } from "@chakra-ui/react";
import type { ReactNode } from "react";

export interface Figure {
  label: string;
  value: string;
  /** What the figure rests on, or what it leaves out. */
  note?: string;
  /** Stands beside the value. */
  mark?: ReactNode;
}

interface FiguresProps {
  figures: Figure[];
  columns?: number;
  /** Each column as wide as its figures, where even ones would break them in two lines. */
  narrow?: boolean;
}

/** A few numbers that matter, large. */
export function Figures({ figures, columns, narrow = false }: FiguresProps) {
  const count = columns ?? figures.length;
  return (
    <SimpleGrid {...(narrow ? { templateColumns: `repeat(${count}, auto)` } : { columns: { base: 2, sm: count } })} gap="4">
      {figures.map(({ label, value, note, mark }) => (
        <Box key={label} minW="0">
          <Text textStyle="xs" color="fg.muted">
            {label}
          </Text>
          <Text textStyle="lg" fontWeight="semibold" lineHeight="1.4">
            {value} {mark}
          </Text>
          {note && (
            <Text textStyle="xs" color="fg.muted">
              {note}
            </Text>
          )}
        </Box>
      ))}
    </SimpleGrid>
  );
}
