import { Text } from "@chakra-ui/react";
import { Link } from "react-router";

import type { Dataset } from "@/api/types";
import { ActionsHeading } from "@/components/ActionsHeading";
import table from "@/components/table.module.css";
import { DatasetActions } from "@/features/datasets/DatasetActions";
import { addressIn } from "@/features/datasets/tabs";
import { formatBytes, formatCount, formatCounted, formatFullTime, formatTime, NOTHING } from "@/lib/format";

/** A line per file; its name opens it. */
export function DatasetTable({ datasets }: { datasets: Dataset[] }) {
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label="Datasets">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Examples</th>
            <th scope="col" className={table.optional}>
              Form
            </th>
            <th scope="col" className={table.optional}>
              Size
            </th>
            <th scope="col" className={table.optional}>
              Used by
            </th>
            <th scope="col" className={table.optional}>
              Changed
            </th>
            <ActionsHeading />
          </tr>
        </thead>
        <tbody>
          {datasets.map((dataset) => (
            <Row key={dataset.name} dataset={dataset} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ dataset }: { dataset: Dataset }) {
  const { name, examples, format, size_bytes: size, used_by: uses, in_use: inUse, modified_at: modified } = dataset;
  return (
    <tr>
      <td style={{ whiteSpace: "normal", overflowWrap: "anywhere" }}>
        <Link to={addressIn(name)} className={table.link}>
          {name}
        </Link>
        <State dataset={dataset} />
      </td>
      <td>{formatCount(examples)}</td>
      <td className={table.optional}>{format ?? NOTHING}</td>
      <td className={table.optional}>{formatBytes(size)}</td>
      <td className={table.optional}>
        {uses === 0 ? NOTHING : formatCounted(uses, "job")}
        {inUse && ", now"}
      </td>
      <td className={table.optional} title={formatFullTime(modified)}>
        {formatTime(modified)}
      </td>
      <td>
        <DatasetActions dataset={dataset} />
      </td>
    </tr>
  );
}

/** What has to be seen to, in words. */
function State({ dataset: { name, problem, problems, is_unrecognised: unrecognised, examples } }: { dataset: Dataset }) {
  if (unrecognised) return <Note tone="fg.warning">Its columns have to be named</Note>;
  if (problem) return <Note tone="fg.error">{problem}</Note>;
  if (examples === null) return <Note tone="fg.muted">Too large to be counted in passing</Note>;
  if (!problems) return null;
  return (
    <Link to={addressIn(name, "problems")} className={table.link} style={{ display: "block", fontSize: 12, fontWeight: 400 }}>
      {formatCounted(problems, "record")} cannot be used
    </Link>
  );
}

function Note({ tone, children }: { tone: string; children: React.ReactNode }) {
  return (
    <Text textStyle="xs" color={tone} lineClamp="2">
      {children}
    </Text>
  );
}
