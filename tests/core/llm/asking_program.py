"""A small recipe: asks questions, prints its memory, ends as recipes end. Started by `kit.program`."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from backend.core.llm import LLMSession
from backend.core.params.llm import LLMParams
from backend.core.process import guarded
from backend.core.settings import load_settings
from tests.core.llm.kit import Counting


def main() -> int:
    """Ask, and print how much memory asking took."""
    given = json.loads(sys.argv[1])
    source = Counting(given["count"])
    params = LLMParams(**given["params"])
    folder = Path(given["folder"])
    with LLMSession(
        params, load_settings(), folder, model="gpt-4o-mini", phase="judging", total=given["count"]
    ) as session:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        session.run(source)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    told = {"grown_mb": grown / 1024, "back": source.back, "requests": session.totals.requests}
    sys.stdout.write(json.dumps(told) + "\n")
    return 3 if source.failed else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
