import { Button, Heading, Text } from "@chakra-ui/react";

import { toProblem } from "@/api/problem";
import { Notice } from "@/components/Notice";

interface ErrorNoticeProps {
  /** What did not work, e.g. "The jobs could not be read". */
  title: string;
  error: unknown;
  onRetry?: () => void;
  /** In place of a whole page, whose heading it is then. */
  page?: boolean;
}

/** What happened, what to quote when asking for help, and a way to try again. */
export function ErrorNotice({ title, error, onRetry, page = false }: ErrorNoticeProps) {
  const problem = toProblem(error);
  const retry = onRetry && (
    <Button size="xs" variant="outline" onClick={onRetry}>
      Try again
    </Button>
  );
  return (
    <Notice tone="error" title={title} action={retry}>
      {page && <Heading as="h1" srOnly>{title}</Heading>}
      <Text>{problem.message}</Text>
      {problem.errors
        .filter(({ msg }) => msg !== problem.message)
        .map(({ msg }) => (
          <Text key={msg}>{msg}</Text>
        ))}
      {problem.requestId && (
        <Text textStyle="xs" color="fg.muted" fontFamily="mono">
          request {problem.requestId}
        </Text>
      )}
    </Notice>
  );
}
