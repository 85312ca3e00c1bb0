"""Names of datasets and runs, whatever the topic is: quotes, slashes, emoji, 500 characters."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

LONGEST = 40


def slug(topic: str) -> str:
    """The topic as a part of a file name: ASCII letters, digits and dashes, at most 40, never empty."""
    plain = unicodedata.normalize("NFKD", topic).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].rstrip("-") or "dataset"


def stamp(moment: datetime) -> str:
    """A moment as a part of a file name, in UTC to the second."""
    return moment.strftime("%Y%m%d_%H%M%S")
