import { useQuery } from "@tanstack/react-query";
import { Navigate } from "react-router";

import { jobsQuery } from "@/api/jobs";
import { Loading } from "@/components/Loading";

/** Somebody without jobs wants to start one; everybody else wants to see how they go. */
export function HomeRedirect() {
  const { data, isError } = useQuery(jobsQuery());
  if (data) return <Navigate replace to={data.jobs.length > 0 ? "/jobs" : "/train"} />;
  if (isError) return <Navigate replace to="/jobs" />;
  return <Loading heights={["60px", "320px"]} label="Loading" />;
}
