"""The queue: one child process per job, supervised by a thread, remembered on disk."""
