"""Nothing is lost: kills, full disks, damaged files, clocks; the targets R1 to R15 of docs/reliability.md."""
