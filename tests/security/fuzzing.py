"""Feeds one reader with bytes until its time is over; the program of a campaign.

    python -m tests.security.fuzzing NAME SECONDS FOLDER

With atheris, guided by the branches it reaches. The last line tells how often the reader was asked.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Run; a crash ends the program with its traceback and the input."""
    import atheris

    with atheris.instrument_imports(include=["backend.core", "backend.jobs", "backend.api.guard"]):
        from tests.security.fuzz_targets import READERS

    name, seconds = sys.argv[1], sys.argv[2]
    (reader,) = [reader for reader in READERS if reader.name == name]
    place = Path(sys.argv[3])
    corpus = place / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(reader.seeds):
        (corpus / str(number)).write_bytes(seed)
    work = place / "work"
    work.mkdir()
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-seed=1", "-print_final_stats=1",
         f"-artifact_prefix={place}/", str(corpus)],
        reader.make(work),
    )  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
