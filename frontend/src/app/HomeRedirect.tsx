import { Navigate } from "react-router";

import { useContact } from "@/api/contact";
import { usePulse } from "@/api/pulse";
import { Loading } from "@/components/Loading";

/** Somebody without jobs wants to start one; everybody else wants to see how they go. */
export function HomeRedirect() {
  const { lost } = useContact();
  const pulse = usePulse();
  if (pulse) return <Navigate replace to={pulse.queued + pulse.running.length + pulse.ended.length > 0 ? "/jobs" : "/train"} />;
  if (lost) return <Navigate replace to="/jobs" />;
  return <Loading heights={["60px", "320px"]} label="Loading" />;
}
