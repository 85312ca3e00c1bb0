import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Navigate, Outlet, useLocation } from "react-router";

import { refusal } from "@/api/refusal";
import { sessionQuery } from "@/api/session";
import { BASE, loadAhead } from "@/app/pages";
import { InPieces } from "@/components/InPieces";
import { Loading } from "@/components/Loading";
import { useStore } from "@/lib/store";

/**
 * Whom the service does not know signs in first, and comes back to the page that was asked for. While it is asked, the
 * page is loaded.
 */
export function SessionGate() {
  const location = useLocation();
  const [opened] = useState(location.pathname);
  useEffect(() => loadAhead(`${BASE}${opened}`), [opened]);
  const refused = useStore(refusal);
  const { data: session, isPending } = useQuery(sessionQuery);
  if (refused || session?.signed_in === false) return <Navigate replace to="/login" state={{ from: location }} />;
  const loading = <Loading heights={["60px", "320px"]} label="Loading" />;
  if (isPending) return loading;
  return (
    <InPieces fallback={loading}>
      <Outlet />
    </InPieces>
  );
}
