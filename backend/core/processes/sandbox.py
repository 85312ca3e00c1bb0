"""Chat templates as programs: compiled in Jinja's immutable sandbox, rendered within a length."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_BEYOND = 2**20
"""Characters that a template may add to its conversation; the longest in use add 30,000."""

_GENERATION_TAG = re.compile(r"\{%-?\s*(end)?generation\s*-?%\}")


class TooLong(Exception):
    """A template writes without end."""


def render(source: str, variables: Mapping[str, Any], most: int) -> str:
    """What a template makes of its variables.

    Args:
        most: characters at most.

    Raises:
        TemplateError, TypeError, ValueError: the template refuses the conversation, or is broken.
        TooLong: it has written more than it may.
    """
    pieces, length = [], 0
    for piece in _compiled(source).generate(**variables):
        length += len(piece)
        if length > most:
            raise TooLong
        pieces.append(piece)
    return "".join(pieces)


def _raise(message: str) -> None:
    raise jinja2.TemplateError(message)


@lru_cache(maxsize=32)
def _compiled(source: str) -> jinja2.Template:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    environment.globals["raise_exception"] = _raise
    # `{% generation %}` marks the assistant's words for transformers; here `segments_of` finds them.
    return environment.from_string(_GENERATION_TAG.sub("", source))
