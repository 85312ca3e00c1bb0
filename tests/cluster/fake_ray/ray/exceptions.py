"""As much of Ray's errors as is told apart here."""

from __future__ import annotations


class RayError(Exception):
    """Ray itself failed."""


class RayTaskError(RayError):
    """What was called failed."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause
