import { Box, Flex, Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";

import type { ComparedPair } from "@/api/types";
import { agreementOf, type Cell, heatMap, type HeatMapData, type Measure } from "@/features/merge/figures";
import styles from "@/features/merge/HeatMap.module.css";
import { measured, NAMES } from "@/features/merge/words";
import { formatCounted } from "@/lib/format";

/** With more layers than this the numbers would not fit: the colour remains, and the number under the pointer. */
const MOST_NUMBERED = 12;

interface HeatMapProps {
  pairs: ComparedPair[];
  names: readonly [string, string];
  measure: Measure;
}

/** Layers by kinds of module; a table, so that each value can be heard as well as seen. */
export function HeatMap({ pairs, names, measure }: HeatMapProps) {
  const map = useMemo(() => heatMap(pairs, measure), [pairs, measure]);
  const [at, setAt] = useState<Cell | null>(null);
  const numbered = map.layers.length <= MOST_NUMBERED;
  return (
    <Box minW="0">
      <div className={styles.frame} tabIndex={0} role="region" aria-label={`${NAMES[measure]} layer by layer`}>
        <table className={`${styles.map} ${numbered ? styles.numbered : styles.plain}`} onPointerLeave={() => setAt(null)}>
          <caption className={styles.hidden}>
            {NAMES[measure]} of {names.join(" and ")}, by kind of module and layer
          </caption>
          <thead>
            <tr>
              <th scope="col">
                <span className={styles.hidden}>Module</span>
              </th>
              {map.layers.map((layer) => (
                <th key={layer} scope="col">
                  {layer === null ? "other" : numbered || layer % 4 === 0 ? layer : <span className={styles.hidden}>{layer}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {map.rows.map(({ kind, cells }) => (
              <tr key={kind}>
                <th scope="row">{kind}</th>
                {cells.map((cell, index) => (
                  <HeatCell key={map.layers[index]} cell={cell} map={map} measure={measure} onPoint={setAt} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Legend map={map} measure={measure} />
      <Text textStyle="xs" color="fg.muted" minH="10" mt="1" aria-hidden>
        {at ? factsOf(at) : "Point at a cell for all its figures."}
      </Text>
    </Box>
  );
}

interface HeatCellProps {
  cell: Cell | null;
  map: HeatMapData;
  measure: Measure;
  onPoint: (cell: Cell | null) => void;
}

function HeatCell({ cell, map, measure, onPoint }: HeatCellProps) {
  if (!cell) {
    return (
      <td className={`${styles.cell} ${styles.none}`} onPointerEnter={() => onPoint(null)}>
        <span className={styles.hidden}>not in both</span>
      </td>
    );
  }
  return (
    <td
      className={styles.cell}
      style={{ background: colorOf(agreementOf(cell.value, measure, map)) }}
      onPointerEnter={() => onPoint(cell)}
    >
      <span>{measured(cell.value, measure)}</span>
    </td>
  );
}

/** At most so much of the colour, so that the text on it can be read in both modes. */
const MOST_COLOUR = 62;

function colorOf(agreement: number): string {
  const pole = agreement < 0 ? "orange-500" : "blue-500";
  const share = Math.round(Math.abs(agreement) * MOST_COLOUR);
  return `color-mix(in srgb, var(--chakra-colors-${pole}) ${share}%, var(--chakra-colors-bg-muted))`;
}

function Legend({ map: { limit, middle }, measure }: { map: HeatMapData; measure: Measure }) {
  const [opposed, agreed] = measure === "cosine" ? [-limit, limit] : [middle + limit, middle - limit];
  const stops = [-1, 0, 1].map(colorOf).join(", ");
  return (
    <Flex align="center" gap="2" mt="3" textStyle="xs" color="fg.muted" wrap="wrap">
      <span>opposed {measured(opposed ?? 0, measure)}</span>
      <span className={styles.scale} style={{ background: `linear-gradient(to right, ${stops})` }} />
      <span>{measured(agreed ?? 0, measure)} alike</span>
    </Flex>
  );
}

function factsOf({ layer, kind, modules }: Cell): string {
  const [only] = modules;
  const place = layer === null ? kind : `layer ${layer}, ${kind}`;
  if (modules.length > 1 || !only) return `${place}: median of ${formatCounted(modules.length, "module")}`;
  const figures = [
    `cosine ${measured(only.cosine, "cosine")}`,
    `signs differ on ${measured(only.conflict, "conflict")}`,
    `input overlap ${measured(only.overlap_in, "conflict")}`,
    `output overlap ${measured(only.overlap_out, "conflict")}`,
  ];
  return `${place}: ${figures.join(", ")}`;
}
