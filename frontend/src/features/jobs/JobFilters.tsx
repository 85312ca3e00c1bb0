import { chakra, Flex, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";

import { jobKindsQuery } from "@/api/job-kinds";
import type { JobList, JobStatus } from "@/api/types";
import { statusLabel, STATUSES } from "@/components/StatusPill";
import { type FilterName, toggled } from "@/features/jobs/jobs-view";
import { sweepOf } from "@/features/jobs/sweeps";
import { formatCount } from "@/lib/format";

const MOST_TAGS = 12;

const Chip = chakra(Link, {
  base: {
    display: "inline-flex",
    alignItems: "center",
    gap: "1.5",
    px: "3",
    py: "1",
    borderRadius: "full",
    borderWidth: "1px",
    bg: "bg.panel",
    color: "fg.muted",
    textStyle: "xs",
    whiteSpace: "nowrap",
    focusVisibleRing: "outside",
    fontVariantNumeric: "tabular-nums",
    _hover: { color: "fg" },
    "&[aria-current]": { bg: "bg.inverted", borderColor: "bg.inverted", color: "fg.inverted" },
  },
});

/** Filters are links with how many runs each would show: shareable, and the back button takes them back. */
export function JobFilters({ counts }: { counts: JobList["counts"] | undefined }) {
  const [search] = useSearchParams();
  const { data: kinds = [] } = useQuery(jobKindsQuery);
  const titles = new Map(kinds.map(({ kind, title }) => [kind, title]));
  const shown = (name: FilterName, counted: Record<string, number | undefined> = {}, order: string[] = Object.keys(counted)) => {
    const on = search.getAll(name);
    const values = [...order.filter((value) => counted[value]), ...on.filter((value) => !counted[value])];
    return values.map((value) => ({ name, value, count: counted[value] ?? 0, active: on.includes(value) }));
  };
  const ofKind = shown("kind", counts?.kind);
  const tags = shown("tag", counts?.tag).slice(0, MOST_TAGS);
  return (
    <Flex as="nav" aria-label="Filters" gap="1.5" wrap="wrap" mb="4">
      {shown("status", counts?.status, STATUSES).map((chip) => (
        <FilterChip key={chip.value} {...chip} label={statusLabel(chip.value as JobStatus)} />
      ))}
      {(ofKind.length > 1 || ofKind.some(({ active }) => active)) &&
        ofKind.map((chip) => <FilterChip key={chip.value} {...chip} label={titles.get(chip.value) ?? chip.value} />)}
      {tags.map((chip) => (
        <FilterChip key={chip.value} {...chip} label={labelOfTag(chip.value)} />
      ))}
    </Flex>
  );
}

function labelOfTag(tag: string): string {
  const sweep = sweepOf(tag);
  return sweep === null ? `#${tag}` : `Sweep ${sweep}`;
}

interface FilterChipProps {
  name: FilterName;
  value: string;
  label: string;
  count: number;
  active: boolean;
}

/** Puts one value of a filter on and keeps the others; the one that is on is taken off. */
function FilterChip({ name, value, label, count, active }: FilterChipProps) {
  const [search] = useSearchParams();
  return (
    <Chip to={{ search: toggled(search, name, value) }} aria-current={active || undefined}>
      {label}{" "}
      <Text as="span" fontWeight="medium">
        {formatCount(count)}
      </Text>
    </Chip>
  );
}
