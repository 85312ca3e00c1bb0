import { Button, Text } from "@chakra-ui/react";

import type { Reading } from "@/api/types";
import { InlineCode } from "@/components/InlineCode";
import { Notice } from "@/components/Notice";

/** What of a text found no place in the form. */
export function Leftover({ reading: { unknown, errors }, onDismiss }: { reading: Reading; onDismiss?: () => void }) {
  return (
    <Notice
      tone="warning"
      title="Not everything was taken"
      action={
        onDismiss && (
          <Button size="xs" variant="ghost" onClick={onDismiss}>
            Dismiss
          </Button>
        )
      }
    >
      {unknown.length > 0 && (
        <Text>
          <InlineCode text={`No such setting: ${unknown.map((name) => `\`${name}\``).join(", ")}.`} />
        </Text>
      )}
      {errors.map(({ name, message }) => (
        <Text key={name}>
          <InlineCode text={`\`${name}\`: ${message}`} />
        </Text>
      ))}
    </Notice>
  );
}
