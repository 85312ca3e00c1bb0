"""Where a job runs: in a process here, or on a cluster, behind one interface."""
