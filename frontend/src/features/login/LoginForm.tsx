import { Box, Button, Field, Input, Stack } from "@chakra-ui/react";
import { Eye, EyeOff } from "lucide-react";
import { type SyntheticEvent, useRef, useState } from "react";

import { useSignIn } from "@/api/session";
import { IconAction } from "@/components/IconAction";
import { InlineCode } from "@/components/InlineCode";

const NO_COOKIE = "The token is right, but this browser did not keep the session's cookie: allow cookies for this address.";

/** Asks for the token; what was typed lives in this form alone, and no longer than it takes. */
export function LoginForm() {
  const input = useRef<HTMLInputElement>(null);
  const [token, setToken] = useState("");
  const [legible, setLegible] = useState(false);
  const { mutate, isPending, error, data: session } = useSignIn();
  const complaint = error?.message ?? (session?.signed_in === false ? NO_COOKIE : undefined);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setToken("");
    mutate(token.trim(), { onSettled: () => input.current?.focus() });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="5">
        <Field.Root invalid={complaint !== undefined} gap="1">
          <Field.Label>Token</Field.Label>
          <Box position="relative" w="full">
            <Input
              ref={input}
              required
              type={legible ? "text" : "password"}
              name="token"
              autoComplete="current-password"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              pe="10"
              fontFamily={legible ? "mono" : undefined}
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
            <Box position="absolute" insetEnd="1.5" top="50%" transform="translateY(-50%)">
              <IconAction label={legible ? "Hide the token" : "Show the token"} icon={legible ? EyeOff : Eye} onClick={() => setLegible(!legible)} />
            </Box>
          </Box>
          <Field.ErrorText>{complaint}</Field.ErrorText>
          <Field.HelperText lineHeight="1.45">
            <InlineCode text="The value of `API_TOKEN` in the settings of the service." />
          </Field.HelperText>
        </Field.Root>
        <Button type="submit" loading={isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
