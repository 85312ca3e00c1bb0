"""What the tests of the client share: a schema, questions, a session on a fake server, a program to kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from backend.core.environment.settings import Settings
from backend.core.llm import Ask, LLMSession, Reply, key_of
from backend.core.params.llm import LLMParams
from tests.llm_server import FakeServer

ROOT = Path(__file__).parents[3]


def in_time(taken: float, limit: float) -> bool:
    """Whether a promise about time is kept; asked with `CAMPAIGN=1` only, since a busy machine breaks any."""
    return os.environ.get("CAMPAIGN") != "1" or taken < limit


class Verdict(BaseModel):
    """A judge's answer."""

    rationale: str = Field(description="why")
    score: int = Field(ge=1, le=10, description="how good")


def ask(number: int, schema: type[BaseModel] | None = Verdict, **more: Any) -> Ask:
    """The question of this number."""
    content = f"question {number}: how good is this answer?"
    return Ask(
        key_of("test", number=number), f"item-{number}", ({"role": "user", "content": content},), schema, **more
    )


def asks(count: int, **more: Any) -> list[Ask]:
    """So many questions."""
    return [ask(number, **more) for number in range(count)]


def params_for(server: FakeServer, **more: Any) -> LLMParams:
    """Parameters that lead to a fake server."""
    return LLMParams(openai_api_base=server.url, **more)


def session(server: FakeServer | None, folder: Path, **more: Any) -> LLMSession:
    """A session on a fake server; None = mock."""
    params = params_for(server, **more) if server else LLMParams(mock=True, **more)
    return LLMSession(params, Settings(), folder, model="gpt-4o-mini", phase="judging", total=None)


def answered(server: FakeServer | None, folder: Path, questions: Iterable[Ask], **more: Any) -> list[Reply]:
    """The replies of one sitting."""
    with session(server, folder, **more) as open_session:
        return open_session.ask_all(list(questions))


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def state(folder: Path) -> dict[str, Any]:
    """What `state.json` says."""
    found: dict[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    return found


def program(folder: Path, count: int, params: Mapping[str, Any], **environment: str) -> subprocess.Popen[str]:
    """A process that asks so many questions in this folder, as a recipe would."""
    given = json.dumps({"folder": str(folder), "count": count, "params": dict(params)})
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.core.llm.asking_program", given],
        cwd=ROOT, env={**clean, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


class Counting:
    """A source of questions made when they are pulled, which keeps nothing but counts."""

    def __init__(self, count: int, make: Callable[[int], Ask] = ask) -> None:
        self.given, self.back, self.failed = 0, 0, 0
        self._count, self._make = count, make

    def next(self) -> Ask | None:
        if self.given == self._count:
            return None
        self.given += 1
        return self._make(self.given - 1)

    def done(self, reply: Reply) -> None:
        self.back += 1
        self.failed += reply.status == "failed"
