"""The program that renders chat templates of strangers: JSON lines in, JSON lines out, within limits it sets itself.

    -> {"template": 1, "source": "...", "asked": [[{variables}, 1048576], ...]}    the source only the first time
    <- {"text": "..."} | {"refused": "..."} | {"rejected": "..."}                  a line for each that is asked

A template can loop for hours or ask for gigabytes inside the sandbox; then this process ends, and nothing else does.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import jinja2

from backend.core.processes.sandbox import TooLong, render

CPU_SECONDS = 2
"""For one conversation; an honest template takes less than a millisecond."""
MEMORY_BYTES = 2**29


def main() -> None:
    """Answer until nobody asks any more."""
    _limit_memory()
    sources: dict[int, str] = {}
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        if "source" in asked:
            sources[asked["template"]] = asked["source"]
        source = sources[asked["template"]]
        for variables, most in asked["asked"]:
            _limit_time()
            sys.stdout.write(json.dumps(_answer(source, variables, most)) + "\n")
        sys.stdout.flush()


def _answer(source: str, variables: dict[str, Any], most: int) -> dict[str, str]:
    try:
        return {"text": render(source, variables, most)}
    except (MemoryError, RecursionError, OverflowError) as error:
        return {"rejected": f"needs more than it may have ({type(error).__name__})"}
    except TooLong:
        return {"rejected": f"writes more than {most:,} characters"}
    except (jinja2.TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        return {"refused": str(error)[:500] or type(error).__name__}


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows: the time on the clock is all that is limited there
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time() -> None:
    """The limit counts from the process's beginning, so it moves with every request. At it, the system ends us."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


if __name__ == "__main__":
    main()
