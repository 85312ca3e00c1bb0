"""The end of a run on the cluster that nobody waits for: it is stopped, and what it left there is removed.

python -m backend.cluster.farewell pipeline-<job id>-<attempt>
"""

from __future__ import annotations

import sys

from backend.cluster import names
from backend.cluster.link import Link
from backend.core.environment.settings import load_settings
from backend.core.process import guarded


def main(submission: str) -> None:
    """Tell the worker to end at once, and the cluster to see to it. Raises ClusterAway."""
    link = Link(load_settings())
    link.depot.write(f"{submission}/{names.WISHES}/{names.FORCE}", b"")
    link.jobs.stop(submission)
    link.depot.drop(f"{submission}/{names.OUT}")


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: main(sys.argv[1])))
