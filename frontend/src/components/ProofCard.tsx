import { Flex, Stack, Text } from "@chakra-ui/react";
import { CircleCheck, CircleX } from "lucide-react";

import { Card } from "@/components/Card";
import { Figures } from "@/components/Figures";
import type { Proof, ProofRow } from "@/components/proof";
import styles from "@/components/ProofCard.module.css";
import table from "@/components/table.module.css";
import { formatCount, formatMetric, formatShare, NOTHING } from "@/lib/format";

/** How a merge compares with what it was made of, on prompts and data that it was not made from. */
export function ProofCard({ proof }: { proof: Proof }) {
  const { passed, reason, agreement, logitError, prompts, perplexity } = proof;
  const Icon = passed ? CircleCheck : CircleX;
  return (
    <Card
      title="Proof"
      aside={
        <Flex align="center" gap="1.5" color={passed ? "fg.success" : "fg.error"} fontWeight="medium">
          <Icon size={16} aria-hidden /> {passed ? "passed" : "not passed"}
        </Flex>
      }
    >
      <Stack gap="4">
        <Figures
          columns={3}
          figures={[
            { label: "Same next token", value: agreement === null ? NOTHING : formatShare(agreement), note: "as the exact merge has" },
            { label: "Logit error", value: formatMetric(logitError), note: "of the change that was merged; 0 is the same" },
            { label: "Prompts", value: formatCount(prompts) },
          ]}
        />
        {perplexity.length > 0 && <PerplexityTable rows={perplexity} />}
        {reason && <Text color="fg.muted">{reason}</Text>}
      </Stack>
    </Card>
  );
}

function PerplexityTable({ rows }: { rows: ProofRow[] }) {
  return (
    <div className={table.frame} tabIndex={0} role="region" aria-label="Perplexity">
      <table className={table.table}>
        <caption>Perplexity on data of each adapter: the lower the better</caption>
        <thead>
          <tr>
            <th scope="col">On data of</th>
            <th scope="col">Itself</th>
            <th scope="col">Merged</th>
            <th scope="col">Base</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ adapter, data, parent, merged, base }) => (
            <tr key={adapter}>
              <th scope="row" className={styles.data}>
                {adapter}
                <Text textStyle="xs" color="fg.muted" fontWeight="normal">
                  {data}
                </Text>
              </th>
              <td>{formatMetric(parent)}</td>
              <td>
                <strong>{formatMetric(merged)}</strong>
              </td>
              <td>{formatMetric(base)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
