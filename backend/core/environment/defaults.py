"""Parameters' defaults from the environment: a field is set by the variable of its name in capitals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_origin

from pydantic import BaseModel

from backend.core.errors import InvalidInput
from backend.core.params.base import plain_type

NEVER_FROM_ENVIRONMENT = frozenset({"prompt", "device", "mode", "report", "description"})
"""Names that shells and systems use for themselves (`PROMPT` is zsh's and cmd's)."""


def from_environment(kind: type[BaseModel], environ: Mapping[str, str]) -> dict[str, Any]:
    """The fields of `kind` that the environment sets; lists and mappings are written as JSON."""
    given: dict[str, Any] = {}
    never = NEVER_FROM_ENVIRONMENT | getattr(kind, "never_from_environment", frozenset())
    for name, field in kind.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        text = environ.get(name.upper())
        if not text or name in never or extra.get("x-managed"):
            continue
        given[name] = _from_json(name, text) if get_origin(plain_type(field.annotation)) in (list, dict) else text
    return given


def _from_json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise InvalidInput(f'{name.upper()}={text}: write it as JSON, e.g. ["q_proj","v_proj"].', name) from None
