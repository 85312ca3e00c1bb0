"""The depot on the cluster's head, in a detached actor: it outlives the run, its node, and whoever asked for it."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from backend.cluster import depot as depot_module
from backend.cluster.away import ClusterAway
from backend.cluster.depot import PIECE_BYTES, Damaged, Depot, Stamp
from backend.cluster.names import ACTOR, NAMESPACE

HEAD = "node:__internal_head__"
"""A resource that Ray gives to the head alone; a sliver of it keeps an actor there."""
CALL_SECONDS = 120.0
CALLS_AT_ONCE = 8


class ActorDepot:
    """Calls a `Depot` in the actor.

    Args:
        actor: gives the actor's handle.
        lost: told when it does not answer, before it is asked for again.

    Every call raises what `Depot` raises, and ClusterAway when the actor cannot be reached.
    """

    def __init__(self, actor: Callable[[], Any], lost: Callable[[], None] = lambda: None) -> None:
        self._actor = actor
        self._lost = lost

    def stamps(self, prefix: str) -> dict[str, Stamp]:
        """Sizes and times of the files below a prefix."""
        found: dict[str, Stamp] = self._ask("stamps", prefix)
        return found

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, whole."""
        self._ask("write", name, data)

    def append(self, name: str, offset: int, data: bytes) -> None:
        """Write at a place of a growing file."""
        self._ask("append", name, offset, data)

    def seal(self, partial: str, name: str, sha256: str) -> None:
        """Give a file that came in pieces its name."""
        self._ask("seal", partial, name, sha256)

    def read(self, name: str, offset: int, limit: int = PIECE_BYTES) -> bytes:
        """A piece of a file."""
        piece: bytes = self._ask("read", name, offset, limit)
        return piece

    def digest(self, name: str) -> str:
        """The SHA-256 of a file."""
        digest: str = self._ask("digest", name)
        return digest

    def drop(self, name: str) -> None:
        """Remove a file or all below a prefix."""
        self._ask("drop", name)

    def _ask(self, verb: str, *given: Any) -> Any:
        try:
            return ray.get(getattr(self._actor(), verb).remote(*given), timeout=CALL_SECONDS)
        except RayTaskError as error:
            # The class went there by value: what it raises of its own is of a class of that name, not of ours.
            if type(error.cause).__name__ == Damaged.__name__:
                raise Damaged(str(error.cause)) from None
            raise error.cause from None
        except (RayError, ConnectionError, ValueError) as error:
            self._lost()
            raise ClusterAway(f"The depot on the cluster's head does not answer ({_first_line(error)}).") from error


def connect(address: str | None) -> None:
    """Connect this process; called from its main thread.

    Args:
        address: of Ray Client; None = on a node, whose cluster Ray knows.

    Raises:
        ConnectionError, RuntimeError, OSError: it does not answer, or is of another version.
    """
    if ray.is_initialized():
        return
    heard = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.ERROR)
    finally:
        signal.signal(signal.SIGTERM, heard)  # Ray has put an exit in its place


def made_actor(root: str) -> Any:
    """The depot's actor on the head, made if this is the first who asks. Called at home, through Ray Client.

    Args:
        root: the folder on the head.
    """
    # By value: the head has none of this project's code.
    ray.cloudpickle.register_pickle_by_value(depot_module)
    kind = ray.remote(Depot).options(
        name=ACTOR,
        namespace=NAMESPACE,
        lifetime="detached",
        get_if_exists=True,
        num_cpus=0,
        resources={HEAD: 0.001},
        max_restarts=-1,
        max_concurrency=CALLS_AT_ONCE,
    )
    return kind.remote(root)


def found_actor() -> Any:
    """The depot's actor. Called on a node, whose job was submitted after the depot was there."""
    connect(None)
    return ray.get_actor(ACTOR, namespace=NAMESPACE)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
