import { IconButton } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";

import { useContact } from "@/api/contact";
import { sessionQuery, useSignOut } from "@/api/session";

/** There is nothing to sign out of where no token is asked for. */
export function SignOutButton() {
  const { lost } = useContact();
  const { data: session } = useQuery(sessionQuery);
  const { mutate, isPending } = useSignOut();
  if (!session?.required) return null;
  return (
    <IconButton size="xs" variant="ghost" aria-label="Sign out" title="Sign out" disabled={lost} loading={isPending} onClick={() => mutate()}>
      <LogOut aria-hidden />
    </IconButton>
  );
}
