"""The cluster does not answer for now: whoever asked tries again."""

from __future__ import annotations

from backend.core.errors import Unreachable


class ClusterAway(Unreachable):
    """Its head, or the way there, is out of reach; what runs there goes on."""
