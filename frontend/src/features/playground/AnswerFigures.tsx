import { chakra, Flex, Text } from "@chakra-ui/react";

import { type Answer } from "@/features/playground/conversation";
import { figuresOf, formatSeconds } from "@/features/playground/words";
import { labelOf } from "@/components/schema-form/form-spec";
import { formatCount, formatFullTime } from "@/lib/format";

const More = chakra("details", {
  base: {
    mt: "1",
    "& summary": { width: "fit-content", cursor: "pointer", borderRadius: "xs", focusVisibleRing: "outside", minH: "6", lineHeight: "24px" },
    "& dl": { display: "grid", gridTemplateColumns: "max-content minmax(0, 1fr)", columnGap: "3", rowGap: "0.5" },
    "& dd": { overflowWrap: "anywhere", color: "fg" },
  },
});

/** Tokens, speed and end in a line; everything needed to have the same answer again below it. */
export function AnswerFigures({ answer, model }: { answer: Answer; model: string }) {
  const details = detailsOf(answer, model);
  return (
    <Text as="div" textStyle="xs" color="fg.muted" mt="3" pt="2" borderTopWidth="1px">
      <Flex as="p" wrap="wrap" columnGap="1">
        {figuresOf(answer).map((figure, index, { length }) => (
          <span key={figure}>
            {figure}
            {index < length - 1 && " · "}
          </span>
        ))}
      </Flex>
      {details.length > 0 && (
        <More>
          <summary>Details</summary>
          <dl>
            {details.map(([name, value]) => (
              <div key={name} style={{ display: "contents" }}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </More>
      )}
    </Text>
  );
}

function detailsOf(answer: Answer, model: string): [string, string][] {
  const { params, promptTokens, timing, at } = answer;
  const given = Object.entries(params).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  const sampled = given.map(([name, value]): [string, string] => [
    labelOf(name),
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  if (sampled.length === 0) return [];
  return [
    ["Answered by", answer.model ?? model],
    ["At", formatFullTime(at)],
    ...(promptTokens === undefined ? [] : [["Prompt", `${formatCount(promptTokens)} tokens`] as [string, string]]),
    ...(promptTokens === undefined || !timing ? [] : timesOf(timing)),
    ...sampled,
  ];
}

function timesOf({ queued_seconds: queued, total_seconds: total }: NonNullable<Answer["timing"]>): [string, string][] {
  return [
    ["Waited", formatSeconds(queued)],
    ["Whole answer", formatSeconds(total)],
  ];
}
