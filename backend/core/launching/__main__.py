"""Write the file that a cluster's launcher takes to standard output, from the parameters of a training run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from backend.core.cli import parse_params
from backend.core.errors import InvalidInput
from backend.core.launching import kubernetes, skypilot, slurm
from backend.core.params import Params
from backend.core.params.launch import KubernetesLaunch, SkyPilotLaunch, SlurmLaunch

P = TypeVar("P", bound=Params)
LAUNCHERS = ("slurm", "kubernetes", "skypilot")


def main(argv: Sequence[str]) -> int:
    """Write the file; 0, or 2 with a line on what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m backend.core.launching", description=__doc__)
    parser.add_argument("launcher", choices=LAUNCHERS, help="each has a --help of its own")
    launcher = parser.parse_args(argv[:1]).launcher
    if launcher == "slurm":
        return _write(SlurmLaunch, slurm.render, argv[1:])
    if launcher == "kubernetes":
        return _write(KubernetesLaunch, kubernetes.render, argv[1:])
    return _write(SkyPilotLaunch, skypilot.render, argv[1:])


def _write(kind: type[P], render: Callable[[P], str], flags: Sequence[str]) -> int:
    params = parse_params(kind, flags)
    try:
        sys.stdout.write(render(params))
    except InvalidInput as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
