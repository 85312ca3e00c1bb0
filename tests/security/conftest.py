"""What the checks of security share."""

from tests.reliability.conftest import in_memory

__all__ = ["in_memory"]
