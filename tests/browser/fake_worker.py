"""Stands in for `run_inference.py --serve`: speaks its protocol at a reader's speed, and does what the question says.

write N      N words, one every 20 ms (a stop ends it, as it ends a real answer)
hold         begins, and says nothing more until it is stopped
fail         an error in the middle of the answer
anything else gets a sentence about itself, the same one for the same question, model and seed
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

WORD_SECONDS = 0.02
KNOWN = {
    "force": "The SI unit of force is the newton, one kilogram metre per second squared.",
    "energy": "The SI unit of energy is the joule, the work of one newton along one metre.",
    "sky": "Short waves are scattered far more than long ones, so blue light reaches us from everywhere.",
}
MOTION = "a body at rest keeps its momentum while no force acts on it and the energy of the whole stays as it was"
WORDS = re.findall(r"\w+", MOTION)
stops: dict[str, Event] = {}
speaking = Lock()


def say(number: str, kind: str, **content: Any) -> None:
    with speaking:
        sys.stdout.write(json.dumps({"type": kind, "id": number, **content}) + "\n")
        sys.stdout.flush()


def words_of(request: dict[str, Any], asked: str) -> Iterator[str]:
    """The answer, piece by piece."""
    word, _, rest = asked.partition(" ")
    model = Path(request["adapter_path"] or request["base_model_name"]).name
    choice = random.Random(f"{asked} {model} {request['seed']}")
    if word == "write" and rest.isdigit():
        yield from (f"{choice.choice(WORDS)} " for _ in range(int(rest)))
        return
    known = next((text for key, text in KNOWN.items() if key in asked.lower()), None)
    sentence = known or f"{model} has this to say with seed {request['seed']}: {' '.join(choice.sample(WORDS, 12))}."
    yield from (f"{part} " for part in sentence.split())


def answer(request: dict[str, Any]) -> None:
    number, began = request["id"], time.monotonic()
    asked = request["prompt"] if request["messages"] is None else request["messages"][-1]["content"]
    said: list[str] = []
    say(number, "started", prompt_tokens=len(asked.split()) + 8)
    reason = "stop"
    for piece in words_of(request, asked) if asked not in ("hold", "fail") else ["This ", "much ", "was ", "said, "]:
        if stops[number].wait(WORD_SECONDS):
            reason = "cancelled"
            break
        if len(said) == request["max_new_tokens"]:
            reason = "length"
            break
        said.append(piece)
        say(number, "delta", text=piece, logprobs=None)
    if asked == "hold" and reason == "stop":
        stops[number].wait()
        reason = "cancelled"
    if asked == "fail":
        error = {"code": "host_oom", "message": "This machine ran out of memory in the middle.", "field": None}
        return say(number, "error", error=error)
    prompt, written = len(asked.split()) + 8, len(said)
    usage = {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}
    timing = {"queued_seconds": 0.0, "first_token_seconds": WORD_SECONDS, "total_seconds": time.monotonic() - began}
    return say(number, "done", text="".join(said), finish_reason=reason, usage=usage, timing=timing)


for line in sys.stdin:
    given = json.loads(line)
    if given["type"] == "cancel":
        stops[given["id"]].set()
    else:
        stops[given["id"]] = Event()
        Thread(target=answer, args=(given,), daemon=True).start()
