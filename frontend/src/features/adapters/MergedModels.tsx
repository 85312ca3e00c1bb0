import { Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Gauge, MessageSquareText, Trash2 } from "lucide-react";
import { useState } from "react";

import { useDeleteModel } from "@/api/adapters";
import { useContact } from "@/api/contact";
import { baseModelsQuery } from "@/api/models";
import { toProblem } from "@/api/problem";
import type { BaseModel } from "@/api/types";
import { ActionsHeading } from "@/components/ActionsHeading";
import { ActionMenu, type MenuItem } from "@/components/ActionMenu";
import { Card } from "@/components/Card";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import table from "@/components/table.module.css";
import { toast } from "@/components/toasts";
import styles from "@/features/adapters/adapters.module.css";
import { evaluateAddress, playgroundAddress } from "@/features/adapters/addresses";
import { Parents } from "@/features/adapters/Parents";
import { formatBytes, formatTime } from "@/lib/format";

/** Whole models that were merged here; where there are none, nothing. */
export function MergedModels() {
  const { data } = useQuery(baseModelsQuery);
  const merged = data?.models.filter(({ merged: record }) => record !== null) ?? [];
  if (merged.length === 0) return null;
  return (
    <Card title="Merged models" mt="6">
      <Text color="fg.muted" mb="3">
        Whole models: a base with the changes of adapters in its own weights.
      </Text>
      <div className={table.frame}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Merged from</th>
              <th scope="col" className={table.optional}>Size</th>
              <th scope="col" className={styles.wide}>Made</th>
              <ActionsHeading />
            </tr>
          </thead>
          <tbody>
            {merged.map((model) => (
              <Row key={model.name} model={model} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Row({ model }: { model: BaseModel }) {
  const { name, problem, size_bytes: size, merged } = model;
  return (
    <tr>
      <td className={styles.name}>
        <strong>{name}</strong>
        {problem && <span className={styles.fault} title={problem}>cannot be used</span>}
      </td>
      <td className={styles.name}>
        <Parents parents={merged?.merged_from ?? []} />
      </td>
      <td className={table.optional}>{formatBytes(size)}</td>
      <td className={styles.wide}>{formatTime(merged?.made_at)}</td>
      <td className={styles.menu}>
        <ModelMenu model={model} />
      </td>
    </tr>
  );
}

function ModelMenu({ model: { name, problem, size_bytes: size, merged } }: { model: BaseModel }) {
  const [asking, setAsking] = useState(false);
  const { lost } = useContact();
  const { mutateAsync } = useDeleteModel();
  const remove = async () => {
    try {
      await mutateAsync(name);
      toast({ title: `${name} is deleted`, description: `${formatBytes(size)} become free.` });
    } catch (failure) {
      toast({ title: `${name} was not deleted`, description: toProblem(failure).message, tone: "error" });
    }
  };
  const unusable = { disabled: problem !== null, why: "Nothing is loaded from its folder." };
  const items: MenuItem[] = [
    { label: "Try in the playground", icon: MessageSquareText, to: playgroundAddress(name), ...unusable },
    { label: "Evaluate", icon: Gauge, to: evaluateAddress({ name, base_model: merged?.base_model ?? "" }), ...unusable },
    { label: "Delete…", icon: Trash2, tone: "danger", onSelect: () => setAsking(true), disabled: lost, why: "The service is away." },
  ];
  return (
    <>
      <ActionMenu label={`Actions for ${name}`} items={items} />
      <ConfirmDialog open={asking} title={`Delete ${name}?`} confirm="Delete" onConfirm={() => void remove()} onClose={() => setAsking(false)}>
        <Text>Its files are removed from the disk: {formatBytes(size)} become free. The adapters it was merged from stay.</Text>
      </ConfirmDialog>
    </>
  );
}
