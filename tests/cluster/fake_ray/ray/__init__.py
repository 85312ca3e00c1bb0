"""What stands in for Ray where it is not installed: its job server, on this machine (`ray.job_submission`), and calls
of an actor, in this process."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from ray import exceptions


def get(reference: Callable[[], Any], timeout: float | None = None) -> Any:
    """The answer to a call."""
    return reference()


def handle_of(thing: Any, failure: Exception | None = None) -> Any:
    """A handle whose calls reach the thing, or fail on the way."""

    class Handle:
        def __getattr__(self, verb: str) -> Any:
            return SimpleNamespace(remote=lambda *given: lambda: _called(getattr(thing, verb), given, failure))

    return Handle()


def _called(method: Callable[..., Any], given: tuple[Any, ...], failure: Exception | None) -> Any:
    if failure:
        raise failure
    try:
        return method(*given)
    except Exception as error:  # noqa: BLE001 - the actor's process boundary
        raise exceptions.RayTaskError(error) from None
