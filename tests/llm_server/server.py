"""The process: reads a plan, prints its port, answers chat completions over HTTP/1.1 until its input ends.

python -m tests.llm_server.server LOG_FILE < plan.json

Two rows of the log per request, put together by number: one when it arrives (the moment, the question, its hash, the
fault that will meet it) and one when it is answered (the moment, the status, what was told). The clock is the system's
monotonic one, the same in all processes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import sys
import time
from collections import Counter
from email.utils import formatdate
from pathlib import Path
from typing import Any

from tests.llm_server.answerers import answerer, question_of
from tests.llm_server.faults import Response, response
from tests.llm_server.plan import Plan
from tests.llm_server.profiles import answer_of, refusal


class Server:
    """Answers by plan.

    Args:
        plan: what to do.
        log: file that receives a row per request.
    """

    def __init__(self, plan: Plan, log: Path) -> None:
        self.plan = plan
        self.answer = answerer(plan.answerer)
        self.arrivals = 0
        self.asked: Counter[str] = Counter()
        self.log = log.open("a", encoding="utf-8", buffering=1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) and await self._one(head.decode(), reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; returns whether the connection stays."""
        arrived = time.monotonic()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = json.loads(body)
        self.arrivals += 1
        number, question = self.arrivals, question_of(request)
        fault = self.plan.fault(number, question, self.asked[question])
        self.asked[question] += 1
        key = head.partition("Bearer ")[2].partition("\r\n")[0]
        self._note(
            n=number, arrived=arrived, question=question[:200], fault=fault, key=key != "", status=None,
            form=(request.get("response_format") or {}).get("type"), model=request.get("model"),
            sha256=hashlib.sha256(body).hexdigest(),
        )  # fmt: skip
        made = self._response(fault, request, question, key)
        await asyncio.sleep(self.plan.latency_of(number) + made.wait_s)
        self._note(n=number, answered=time.monotonic(), status=made.status, told_s=made.told_s, usage=made.usage)
        return await _send(made, number, writer)

    def _note(self, **row: Any) -> None:
        self.log.write(json.dumps(row) + "\n")

    def _response(self, fault: str | None, request: dict[str, Any], question: str, key: str) -> Response:
        if self.plan.key is not None and key != self.plan.key:
            fault = "401"
        refused = refusal(self.plan.profile, request)
        if refused and fault is None:
            return Response(refused[0], json.dumps(refused[1]))
        generator = self.plan.generator("answer", question)
        made = self.answer(request, generator)
        text = made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)
        limit = request.get("max_tokens") or request.get("max_completion_tokens") or math.inf

        def completion(text: str | None, finish: str = "stop", refusal: str | None = None, **more: Any) -> Response:
            return _completion(request, text, finish, refusal, **{"usage": self.plan.usage, **more})

        if fault is None and len(text) // 4 > limit:
            return completion(text[: int(limit) * 4], finish="length")
        text = answer_of(self.plan.profile, request, text)
        found = completion(text) if fault is None else response(fault, text, time.time(), completion)
        found.body = found.body.replace("{key}", key)
        return found


def _completion(
    request: dict[str, Any],
    text: str | None,
    finish: str,
    refusal: str | None,
    usage: bool,
    choices: list[Any] | None = None,
) -> Response:
    prompt = sum(len(message.get("content") or "") for message in request["messages"]) // 4
    tokens = {
        "prompt_tokens": prompt, "completion_tokens": len(text or "") // 4,
        "total_tokens": prompt + len(text or "") // 4,
        "prompt_tokens_details": {"cached_tokens": prompt // 2},
        "completion_tokens_details": {"reasoning_tokens": len(text or "") // 40},
    }  # fmt: skip
    told = tokens if usage else None
    message = {"role": "assistant", "content": text, "refusal": refusal}
    if choices is None:
        choices = [{"index": 0, "message": message, "finish_reason": finish}]
    body = {
        "id": "chatcmpl-fake", "object": "chat.completion", "created": int(time.time()), "model": request.get("model"),
        "choices": choices, **({"usage": told} if told else {}),
    }  # fmt: skip
    return Response(200, json.dumps(body), usage=told)


async def _send(made: Response, number: int, writer: asyncio.StreamWriter) -> bool:
    body = made.body.encode()
    headers = {
        "content-type": made.content_type, "content-length": str(len(body)), "x-request-id": f"req-{number}",
        "date": formatdate(usegmt=True), **made.headers,
    }  # fmt: skip
    lines = [f"HTTP/1.1 {made.status} Status", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, "", ""]).encode()
    for byte in body if made.drip_s else b"":
        writer.write(head + bytes([byte]))
        await writer.drain()
        head, body = b"", body[1:]
        await asyncio.sleep(made.drip_s)
    writer.write(head + (body if made.cut is None else body[: made.cut]))
    await writer.drain()
    return made.cut is None


async def main() -> None:
    """Serve until standard input ends: it ends with the process that started this one, however that dies."""
    plan = Plan.from_json(sys.stdin.readline())
    server = Server(plan, Path(sys.argv[1]))
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=2**24, backlog=256)
    print(listening.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - how the tests learn the port
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    listening.close()


if __name__ == "__main__":
    asyncio.run(main())
