"""A small recipe: asks questions, prints its memory, ends as recipes end. Started by `kit.program`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from backend.core.environment.settings import load_settings
from backend.core.llm import LLMSession
from backend.core.params.llm import LLMParams
from backend.core.process import guarded
from tests.core.llm.kit import Counting


def peak_mb() -> float:
    """The most memory this program has had; `getrusage` would tell that of the process that started it, if larger."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> int:
    """Ask, and print how much memory asking took."""
    given = json.loads(sys.argv[1])
    source = Counting(given["count"])
    params = LLMParams(**given["params"])
    folder = Path(given["folder"])
    with LLMSession(
        params, load_settings(), folder, model="gpt-4o-mini", phase="judging", total=given["count"]
    ) as session:
        before = peak_mb()
        session.run(source)
    told = {"grown_mb": peak_mb() - before, "back": source.back, "requests": session.totals.requests}
    sys.stdout.write(json.dumps(told) + "\n")
    return 3 if source.failed else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
