import { MapPinOff } from "lucide-react";
import { useLocation } from "react-router";

import { EmptyState } from "@/components/EmptyState";
import { LinkButton } from "@/components/RouterLink";
import { useDocumentTitle } from "@/lib/use-document-title";

export function NotFoundPage() {
  const { pathname } = useLocation();
  useDocumentTitle("Not found");
  return (
    <EmptyState
      page
      icon={MapPinOff}
      title="There is no page here"
      hint={`Nothing stands at ${pathname}. The address may be from an older version.`}
      action={<LinkButton to="/jobs">See the jobs</LinkButton>}
    />
  );
}
