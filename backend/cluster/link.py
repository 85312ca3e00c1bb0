"""Home's way to the cluster: its job server, and the depot."""

from __future__ import annotations

import os
import time
import warnings
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from backend.cluster.away import ClusterAway
from backend.cluster.depot import Depot
from backend.cluster.names import BASES
from backend.cluster.parcels import AnyDepot
from backend.cluster.ray_jobs import RayJobs
from backend.core.environment.settings import Settings

CLIENT_PORT = 10001
"""Of Ray Client on the head, unless `ray start` was told another."""
TRY_SECONDS = 2.0
DEPOT = "depot"
"""The depot's folder, in RAY_SHARED_DIR or in RAY_WORK_DIR on the head."""


class Link:
    """To the cluster that the settings name.

    Args:
        settings: of home.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Ray's own variables go over what its library is told; ours have been read by now.
        for name in ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS"):
            os.environ.pop(name, None)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # It warns that a client sends much: that is what this one is for.
        warnings.filterwarnings("ignore", category=UserWarning, module="ray.util.client")
        self.jobs = RayJobs(settings.ray_address)

    def reach(self, seconds: float) -> None:
        """See that both answer; tried again for so long. Raises ClusterAway."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.jobs.seen("nobody")
                self.depot.stamps(BASES)
                return
            except ClusterAway:
                if time.monotonic() > deadline:
                    raise
                time.sleep(TRY_SECONDS)

    @cached_property
    def depot(self) -> AnyDepot:
        """Where files are left for the other side."""
        if self._settings.ray_shared_dir:
            return Depot(str(self._settings.ray_shared_dir / DEPOT))
        from backend.cluster.depot_actor import ActorDepot  # with a shared folder Ray itself need not be loaded

        return ActorDepot(self._actor, self._hang_up)

    def _hang_up(self) -> None:
        """Ray Client goes on with a connection that is none any more."""
        import ray

        self.__dict__.pop("_handle", None)
        ray.shutdown()

    def _actor(self) -> Any:
        from backend.cluster.depot_actor import connect

        address = client_address(self._settings)
        try:
            connect(address)
        except (ConnectionError, RuntimeError, OSError) as error:
            raise ClusterAway(
                f"Ray Client does not answer at {address} ({str(error).splitlines()[0][:200]}): set "
                "RAY_CLIENT_ADDRESS, or RAY_SHARED_DIR if both sides see one folder."
            ) from error
        return self._handle

    @cached_property
    def _handle(self) -> Any:
        from backend.cluster.depot_actor import made_actor

        return made_actor(str(self._settings.ray_work_dir / DEPOT))


def client_address(settings: Settings) -> str:
    """Where Ray Client listens: as the settings say, or on the job server's host."""
    return settings.ray_client_address or f"ray://{urlsplit(settings.ray_address).hostname}:{CLIENT_PORT}"
