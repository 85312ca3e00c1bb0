"""What a test of a connection says."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class ConnectionReport(BaseModel):
    """How a test went, in words; what the other side said is never repeated."""

    outcome: Literal["works", "doubtful", "fails"]
    message: str
    latency_ms: int | None = None
    """Until the other side had answered"""
    details: list[str] = []
    """What there is to know besides"""
