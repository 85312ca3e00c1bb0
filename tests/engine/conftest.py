"""What tests of the engine share: `make_adapter` is every test's, its type is named here too."""

from __future__ import annotations

from tests.conftest import Maker

__all__ = ["Maker"]
