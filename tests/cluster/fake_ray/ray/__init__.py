"""What stands in for Ray where it is not installed: its job server, on this machine (`ray.job_submission`)."""
