"""A walk through a service with whichever `openai` package is first on the path; run as a program by the tests.

python openai_walk.py BASE_URL KEY CUE_PATH      prints what it saw as one JSON object
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openai

BASE_URL, KEY, CUE = sys.argv[1], sys.argv[2], Path(sys.argv[3])
client = openai.OpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0, timeout=20)


def user(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def models() -> Any:
    listed = [model.id for model in client.models.list()]
    return {"listed": listed, "owned_by": client.models.retrieve("physics").owned_by}


def chat() -> Any:
    answer = client.chat.completions.create(
        model="physics", messages=user("words 2"), logprobs=True, top_logprobs=1, max_completion_tokens=9, n=2
    )
    first = answer.choices[0]
    assert first.logprobs
    assert first.logprobs.content
    assert answer.usage
    return {
        "text": first.message.content, "finish": first.finish_reason, "choices": len(answer.choices),
        "tokens": [entry.token for entry in first.logprobs.content], "total": answer.usage.total_tokens,
    }  # fmt: skip


def conversation() -> Any:
    """The answer's own message object goes back with the next question."""
    messages = user("words 1")
    answer = client.chat.completions.create(model="tiny", messages=messages)
    messages += [answer.choices[0].message, *user("Why?")]
    again = client.chat.completions.create(model="tiny", messages=messages, extra_body={"top_k": 5, "min_p": 0.5})
    told = json.loads(again.choices[0].message.content or "")
    return {"messages": told["messages"], "top_k": told["top_k"], "min_p": told["min_p"]}


def chat_stream() -> Any:
    stream = client.chat.completions.create(
        model="tiny", messages=user("words 3"), stream=True, stream_options={"include_usage": True}
    )
    pieces, usage = [], None
    for chunk in stream:
        usage = chunk.usage or usage
        pieces += [choice.delta.content for choice in chunk.choices if choice.delta.content]
    return {"pieces": pieces, "total": usage and usage.total_tokens}


def chat_stream_helper() -> Any:
    with client.chat.completions.stream(model="tiny", messages=user("words 3")) as stream:
        kinds = [event.type for event in stream]
        return {
            "text": stream.get_final_completion().choices[0].message.content,
            "deltas": kinds.count("content.delta"),
        }


def completions() -> Any:
    answer = client.completions.create(model="tiny", prompt=["words 1", "words 2"], logprobs=1, max_tokens=5)
    stream = client.completions.create(model="tiny", prompt="words 2", stream=True)
    logprobs = answer.choices[1].logprobs
    return {
        "texts": [choice.text for choice in answer.choices], "tokens": logprobs and logprobs.tokens,
        "streamed": [chunk.choices[0].text for chunk in stream],
    }  # fmt: skip


async def _side_by_side() -> list[str | None]:
    async with openai.AsyncOpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0) as several:
        asked = (several.chat.completions.create(model="tiny", messages=user(f"words {n}")) for n in range(1, 9))
        return [answer.choices[0].message.content for answer in await asyncio.gather(*asked)]


def side_by_side() -> Any:
    return [len((text or "").split()) for text in asyncio.run(_side_by_side())]


def raised(ask: Any) -> Any:
    """The exception that a call ends in."""
    try:
        ask()
    except openai.APIError as error:
        status = getattr(error, "status_code", None)
        return [type(error).__name__, status, error.code, error.param]
    return None


def errors() -> Any:
    def asked(text: str = "x", **given: Any) -> Any:
        return lambda: list(client.chat.completions.create(**{"model": "tiny", "messages": user(text), **given}))

    stranger = openai.OpenAI(base_url=BASE_URL, api_key="wrong", max_retries=0)
    return {
        "unknown_model": raised(asked(model="none")),
        "tools": raised(asked(tools=[{"type": "function", "function": {"name": "f"}}])),
        "too_long": raised(asked("too_long")),
        "temperature": raised(asked(temperature=-1)),
        "wrong_key": raised(stranger.models.list),
        "worker_died": raised(asked("die")),
        "worker_died_in_a_stream": raised(asked("die", stream=True)),
        "busy": busy(),
    }


def busy() -> Any:
    """As many answers as may be open, and one more."""
    with ExitStack() as stack:
        for _ in range(16):
            full = client.chat.completions.create(model="tiny", messages=user(f"wait {CUE}"), stream=True, n=8)
            stack.enter_context(full)
            next(iter(full))
        return raised(lambda: client.chat.completions.create(model="tiny", messages=user("x")))


def leaving() -> Any:
    """A stream left in the middle."""
    cue = CUE.with_name("left")
    with client.chat.completions.create(model="tiny", messages=user(f"wait {cue}"), stream=True) as stream:
        next(iter(stream))
    return str(cue.with_suffix(".cancelled"))


STEPS = (models, chat, conversation, chat_stream, chat_stream_helper, completions, side_by_side, leaving, errors)
seen = {step.__name__: step() for step in STEPS}
sys.stdout.write(json.dumps({"version": openai.__version__, **seen}) + "\n")
