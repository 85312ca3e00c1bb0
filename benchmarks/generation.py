"""Writing datasets against a server that errs: is the number right, is a duplicate left, is the server kept busy?

    python -m benchmarks.generation [--quick]

50 records each, from a server that errs as the figure's name says (60 % duplicates; 20 % malformed, 10 % cut off, 10 %
refused, 20 % short answers), with several seeds: `exact` is the share of runs that published exactly 50, `near` the
pairs of published inputs that are half alike or more (counted by comparing all pairs), `requests` the median of a run.
`efficiency` is that of 100 requests of 1.0 s, 20 at a time, from the first record's request to the last answer, beside
a bare pool of `AsyncOpenAI` workers in the same run; 1 = no place at the server was ever empty.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from backend.core.data.shingles import jaccard, shingles
from backend.core.llm import Ask, key_of
from benchmarks.llm_client import CONCURRENCY, LOADS, Verdict, bare_pool
from benchmarks.report import report
from tests.core.generation.kit import Folder, generate, served
from tests.llm_server import Plan, fake_server

WANTED = 50
NEAR = 0.5
FAULTS = {
    "clean": ("clean", {}),
    "duplicates": ("duplicating", {}),
    "messy": ("messy", {"faults": {"length": 0.1}, "faults_each": 2}),
}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed instead of ten, one round instead of three")
    quick = parser.parse_args().quick
    figures: dict[str, float] = {}
    for name, (answerer, faults) in FAULTS.items():
        runs = [written(served(answerer, seed=seed, **faults)) for seed in range(1 if quick else 10)]
        figures[f"{name}_exact"] = sum(run[0] == WANTED for run in runs) / len(runs)
        figures[f"{name}_near"] = sum(run[1] for run in runs)
        figures[f"{name}_requests"] = median(run[2] for run in runs)
    rounds = [(efficiency(), bare_efficiency()) for _ in range(1 if quick else 3)]
    figures["efficiency"] = median(ours for ours, _ in rounds)
    figures["bare_pool_efficiency"] = median(bare for _, bare in rounds)
    report("generation", figures, {"bare_pool": figures["efficiency"] / figures["bare_pool_efficiency"]})


def written(plan: Plan) -> tuple[int, int, int]:
    """Records published, pairs of them that are alike, and requests, of one run."""
    with fake_server(plan) as server, quiet_folder() as data:
        made = generate(data, server.url, topic="physics", num_examples=WANTED)
        records = made.records if made.datasets else []
        runs = [shingles(record["input"]) for record in records]
        alike = sum(jaccard(left, right) >= NEAR for left, right in itertools.combinations(runs, 2))
        return len(records), alike, len(server.log())


def efficiency() -> float:
    """Of 100 requests for one record each; the plan's own request goes before them."""
    count, load = LOADS["constant"]
    with fake_server(served("clean", latency=load.latency)) as server, quiet_folder() as data:
        made: Folder = generate(
            data, server.url, topic="physics", num_examples=count, batch_size=1, concurrency=CONCURRENCY
        )
        assert made.code == 0
        log = server.log()[1:]
    taken = max(row["answered"] for row in log) - min(row["arrived"] for row in log)
    return float(count * load.latency / CONCURRENCY / taken)


def bare_efficiency() -> float:
    """Of the plainest pool with as many requests."""
    count, load = LOADS["constant"]
    asks = [
        Ask(key_of("benchmark", n=n), str(n), ({"role": "user", "content": f"Question {n}?"},), Verdict)
        for n in range(count)
    ]
    with fake_server(load) as server:
        taken, _ = bare_pool(server, asks)
    return count * load.latency / CONCURRENCY / taken


@contextlib.contextmanager
def quiet_folder() -> Iterator[Path]:
    """A data folder of its own, and silence."""
    silence = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(silence),
        contextlib.redirect_stderr(silence),
    ):
        os.environ["DATA_DIR"] = str(Path(folder) / "data")
        yield Path(folder) / "data"


if __name__ == "__main__":
    main()
