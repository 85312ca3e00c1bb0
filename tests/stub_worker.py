"""A worker for tests: speaks the protocol and does what the last message (or the raw prompt) says.

wait PATH    says "one ", waits for the file, then says "two"; a cancel ends it as it ends a real answer.
             Tells in files beside PATH that it has `.begun` or was `.cancelled`
words N      says N words, one at a time
deaf         never ends, whatever it is told
die, nonsense, bad, too_long, leave_child PATH
anything else is answered with the request itself, as JSON
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

CANCELLED: dict[str, Event] = {}
SPEAKING = Lock()


def say(number: str, kind: str, **content: Any) -> None:
    with SPEAKING:
        sys.stdout.write(json.dumps({"type": kind, "id": number, **content}) + "\n")
        sys.stdout.flush()


def fail(number: str, code: str, message: str, field: str | None = None) -> None:
    say(number, "error", error={"code": code, "message": message, "field": field})


def done(number: str, pieces: list[str], reason: str = "stop") -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": len(pieces), "total_tokens": 3 + len(pieces)}
    timing = {"queued_seconds": 0.0, "first_token_seconds": 0.25, "total_seconds": 0.5}
    say(number, "done", text="".join(pieces), finish_reason=reason, usage=usage, timing=timing)


def wait(number: str, cue: Path) -> None:
    cue.with_suffix(".begun").touch()
    say(number, "delta", text="one ", logprobs=None)
    while not cue.exists():
        if CANCELLED[number].is_set():
            cue.with_suffix(".cancelled").touch()
            return done(number, ["one "], "cancelled")
        time.sleep(0.01)
    say(number, "delta", text="two", logprobs=None)
    return done(number, ["one ", "two"])


def logprob(token: str, alternatives: int) -> dict[str, Any]:
    entry = {"token": token, "bytes": list(token.encode()), "logprob": -0.5}
    others = [{"token": f"{token}{n}", "bytes": list(f"{token}{n}".encode()), "logprob": -1.0 - n} for n in range(9)]
    return {**entry, "top_logprobs": [entry, *others][:alternatives]}


IMPOSSIBLE = {"token": "never", "bytes": [0], "logprob": -math.inf}


def tell(request: dict[str, Any], pieces: list[str]) -> None:
    wanted = request["logprobs"]
    for piece in pieces:
        logprobs = None if wanted is None else [logprob(piece, wanted)]
        if wanted == 20:
            logprobs[0]["top_logprobs"].append(IMPOSSIBLE)
        say(request["id"], "delta", text=piece, logprobs=logprobs)
    done(request["id"], pieces)


def answer(request: dict[str, Any]) -> None:
    number = request["id"]
    asked = request["prompt"] if request["messages"] is None else request["messages"][-1]["content"]
    word, _, rest = asked.partition(" ")
    if word == "nonsense":
        with SPEAKING:
            sys.stdout.write("this is no line of the protocol\n")
            sys.stdout.flush()
    elif word == "bad":
        fail(number, "bad_model", "There is no such model.")
    elif word == "too_long":
        fail(number, "context_too_long", "The prompt has 9,000 tokens, the model's context holds 512.", "messages")
    elif word == "leave_child":
        left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        Path(rest).write_text(str(left.pid))
        os._exit(9)
    else:
        say(number, "started", prompt_tokens=3)
        if word == "die":
            os._exit(9)
        elif word == "deaf":
            Event().wait()
        elif word == "wait":
            wait(number, Path(rest))
        elif word == "words":
            tell(request, [f"word{n} " for n in range(int(rest))])
        else:
            shown = {name: value for name, value in request.items() if name not in ("id", "type")}
            tell(request, [json.dumps(shown | {"pid": os.getpid()})])


for line in sys.stdin:
    given = json.loads(line)
    if given["type"] == "cancel":
        CANCELLED[given["id"]].set()
    else:
        CANCELLED[given["id"]] = Event()
        Thread(target=answer, args=(given,), daemon=True).start()
