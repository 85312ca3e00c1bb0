"""How a model of the Hugging Face hub and a state of it are named."""

from __future__ import annotations

import re

HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
REVISION = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,127}")


def is_hub_id(name: str) -> bool:
    """Whether a name has the form of a model on the hub, `owner/name`."""
    return HUB_ID.fullmatch(name) is not None and ".." not in name
