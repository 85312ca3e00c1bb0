"""A worker for tests: answers what the last message says to."""

from __future__ import annotations

import json
import os
import sys


def answer(request: dict[str, object]) -> dict[str, object]:
    messages = request["messages"]
    assert isinstance(messages, list)
    asked = messages[-1]["content"]
    if asked == "die":
        os._exit(9)
    if asked == "nonsense":
        return {"what": "is this"}
    if asked == "bad":
        return {"id": request["id"], "error": {"code": "bad_model", "message": "There is no such model."}}
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    text = json.dumps({name: value for name, value in request.items() if name != "id"} | {"pid": os.getpid()})
    return {"id": request["id"], "text": text, "usage": usage, "finish_reason": "stop"}


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
