import { chakra, Flex } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";

import { jobKindsQuery } from "@/api/job-kinds";
import type { JobFilter } from "@/api/jobs";
import type { JobStatus } from "@/api/types";
import { statusLabel, STATUSES } from "@/components/StatusPill";

/** Passing states: a filter for them would be empty almost always. */
const PASSING: JobStatus[] = ["starting", "finishing", "stopping"];
const SHOWN = STATUSES.filter((status) => !PASSING.includes(status));

const Chip = chakra(Link, {
  base: {
    px: "3",
    py: "1",
    borderRadius: "full",
    borderWidth: "1px",
    bg: "bg.panel",
    color: "fg.muted",
    textStyle: "xs",
    whiteSpace: "nowrap",
    focusVisibleRing: "outside",
    _hover: { color: "fg" },
    "&[aria-current]": { bg: "bg.inverted", borderColor: "bg.inverted", color: "fg.inverted" },
  },
});

/** Filters are links: shareable, and the back button takes them back. */
export function JobFilters({ filter }: { filter: JobFilter }) {
  const { data: kinds = [] } = useQuery(jobKindsQuery);
  return (
    <Flex as="nav" aria-label="Filters" gap="1.5" wrap="wrap" mb="4">
      <FilterChip name="status" value={undefined} current={filter.status} label="All" />
      {SHOWN.map((status) => (
        <FilterChip key={status} name="status" value={status} current={filter.status} label={statusLabel(status)} />
      ))}
      {kinds.length > 1 &&
        kinds.map(({ kind, title }) => (
          <FilterChip key={kind} name="kind" value={kind} current={filter.kind} label={title} />
        ))}
    </Flex>
  );
}

interface FilterChipProps {
  name: keyof JobFilter;
  value: string | undefined;
  current: string | undefined;
  label: string;
}

/** Sets one filter and keeps the others; the one that is on is taken off. */
function FilterChip({ name, value, current, label }: FilterChipProps) {
  const [search] = useSearchParams();
  const active = value === current;
  const next = new URLSearchParams(search);
  if (value === undefined || active) next.delete(name);
  else next.set(name, value);
  return (
    <Chip to={{ search: next.toString() }} aria-current={active || undefined}>
      {label}
    </Chip>
  );
}
