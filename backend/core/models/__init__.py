"""Models as they lie on the disk, judged before a library opens them; no torch."""
