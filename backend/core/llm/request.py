"""The request for a question, as far as this server has let us know how it wants to be asked."""

from __future__ import annotations

from typing import Any

from backend.core.llm.asking import Ask, Rung
from backend.core.llm.ladder import Ladder
from backend.core.llm.schema import in_words, response_format

JSON_OBJECT = {"type": "json_object"}


def request_for(
    ask: Ask, model: str, ladder: Ladder, rung: Rung, max_tokens: int, correction: tuple[str, str] | None
) -> dict[str, Any]:
    """Arguments of `chat.completions.create`.

    Args:
        ladder: what is known about the server.
        rung: form of JSON to ask for.
        max_tokens: longest answer.
        correction: an answer that was not in form, and what was wrong with it.
    """
    request: dict[str, Any] = {"model": model, "messages": _messages(ask, correction)}
    if ladder.token_limit:
        request[ladder.token_limit] = max_tokens
    if "temperature" not in ladder.dropped:
        request["temperature"] = ask.temperature
    if ask.seed is not None and "seed" not in ladder.dropped:
        request["seed"] = ask.seed
    if ask.schema is not None and rung != "text":
        request["response_format"] = response_format(ask.schema) if rung == "json_schema" else JSON_OBJECT
    return request


def _messages(ask: Ask, correction: tuple[str, str] | None) -> list[dict[str, str]]:
    # Half a surrogate pair, which a file of predictions may hold, cannot be sent as UTF-8.
    messages = [
        {name: text.encode(errors="replace").decode() for name, text in message.items()} for message in ask.messages
    ]
    if ask.schema is not None and messages:
        # Put behind the data, where a long text cannot make the model forget it. Never by formatting: a text that is
        # judged may hold braces, or anything.
        messages[-1]["content"] = messages[-1]["content"] + "\n\n" + in_words(ask.schema)
    if correction is not None:
        text, problems = correction
        messages.append({"role": "assistant", "content": text.encode(errors="replace").decode() or "(empty)"})
        messages.append({
            "role": "user",
            "content": f"That answer cannot be used: {problems}. Give the corrected answer, complete, as JSON and "
            "nothing else." if ask.schema else f"That answer cannot be used: {problems}. Answer again.",
        })  # fmt: skip
    return messages
