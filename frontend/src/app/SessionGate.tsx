import { useQuery } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation } from "react-router";

import { refusal } from "@/api/refusal";
import { sessionQuery } from "@/api/session";
import { Loading } from "@/components/Loading";
import { useStore } from "@/lib/store";

/** Whom the service does not know signs in first, and comes back to the page that was asked for. */
export function SessionGate() {
  const location = useLocation();
  const refused = useStore(refusal);
  const { data: session, isPending } = useQuery(sessionQuery);
  if (refused || session?.signed_in === false) return <Navigate replace to="/login" state={{ from: location }} />;
  return isPending ? <Loading heights={["60px", "320px"]} label="Loading" /> : <Outlet />;
}
