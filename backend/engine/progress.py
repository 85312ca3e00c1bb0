"""A progress line for a person on a terminal; nothing where output is piped (the log has its lines)."""

from __future__ import annotations

from typing import TextIO

WIDTH = 30


class ProgressLine:
    """One line at the bottom of a terminal that is drawn over and over.

    Args:
        stream: where to draw; nothing is drawn unless it is a terminal.
        unit: what is counted.
    """

    def __init__(self, stream: TextIO, unit: str = "step") -> None:
        self.stream = stream
        self.unit = unit
        self.drawn = False

    def show(self, step: int, total: int, note: str = "") -> None:
        """Draw the line anew."""
        if not self.stream.isatty():
            return
        share = step / total if total else 0.0
        filled = round(share * WIDTH)
        bar = "█" * filled + "░" * (WIDTH - filled)
        self.stream.write(f"\r\x1b[K{bar} {share:4.0%}  {self.unit} {step:,} of {total:,}  {note}")
        self.stream.flush()
        self.drawn = True

    def clear(self) -> None:
        """Take the line away, so that a log line can stand in its place."""
        if self.drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self.drawn = False


def duration(seconds: float) -> str:
    """Seconds as a person says them: `45 s`, `3 min`, `2 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
