"""The configurations that come with a model, key by key: hostile ones are refused before any library reads them.

Without `trust_remote_code` a configuration still names classes, modules and files that libraries import and open: a
newline in `model_type` reached generated code (CVE-2026-93348), `_attn_implementation_internal` fetched code from the
hub (CVE-2026-4372), PEFT imports `parent_library`. So names must be names, and what asks for more is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from backend.core.errors import UnsafeConfig

MOST_BYTES = 8 * 2**20
"""The largest honest one, a tokenizer's with 6,000 added tokens, has 1.2 MB."""
MOST_DEPTH = 32
LONGEST_TEMPLATE = 256 * 1024
"""Characters of a chat template; the longest in use have 30,000."""

OWN_CODE_UNUSED = frozenset(
    {"deepseek_v2", "deepseek_v3", "exaone4", "falcon", "minimax", "mpt", "phi", "phi3", "phimoe"}
)
"""Types that publishers ship code for (`auto_map`) though transformers has its own, which is then taken."""

UNDERSCORED = frozenset({
    "_name_or_path", "_commit_hash", "_from_model_config", "_attn_implementation_autoset", "_diffusers_version",
    "_sliding_window_pattern", "_class_name", "_load_in_4bit", "_load_in_8bit",
})  # fmt: skip
"""Keys that transformers itself writes with an underscore; the others are its inner switches."""

ATTENTION = frozenset({
    "eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention", "grouped_mm", "batched_mm",
})  # fmt: skip
"""Anything else is looked up on the hub, as code to run."""

QUANTISED = frozenset({
    "bitsandbytes", "bitsandbytes_4bit", "bitsandbytes_8bit", "gptq", "awq", "compressed-tensors", "fp8", "mxfp4",
})  # fmt: skip

_CLASS = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LIBRARY = re.compile(r"transformers(\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,6}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PLACE = re.compile(r"[^\x00-\x1f\x7f]{0,4096}")

Rule = Callable[[Any], bool]
"""Whether a value is one that may stand there."""


def _all(pattern: re.Pattern[str]) -> Rule:
    """Nothing, a text that is wholly of the pattern, or a list of such."""

    def fits(value: Any) -> bool:
        values = value if isinstance(value, list) else [value]
        return all(one is None or (isinstance(one, str) and pattern.fullmatch(one) is not None) for one in values)

    return fits


def _one_of(allowed: frozenset[str]) -> Rule:
    """Nothing, one of these, or a table of such (one for each part of a model)."""

    def fits(value: Any) -> bool:
        values = value.values() if isinstance(value, dict) else [value]
        return all(one is None or (isinstance(one, str) and one in allowed) for one in values)

    return fits


def _is_place(value: Any) -> bool:
    """Nothing, or where a model came from: a hub id or a folder, never an address."""
    return value is None or (isinstance(value, str) and _PLACE.fullmatch(value) is not None and "://" not in value)


RULES: Mapping[str, tuple[Rule, str]] = {
    "trust_remote_code": (lambda value: value in (None, False), "would run code that comes with the model"),
    "custom_generate": (lambda value: value is None, "would run code that comes with the model"),
    "model_type": (_all(_TYPE), "must be a plain name"),
    "architectures": (_all(_CLASS), "must be names of classes"),
    "tokenizer_class": (_all(_CLASS), "must be the name of a class"),
    "processor_class": (_all(_CLASS), "must be the name of a class"),
    "base_model_class": (_all(_CLASS), "must be the name of a class"),
    "parent_library": (_all(_LIBRARY), "would import a module that is none of transformers'"),
    "megatron_core": (_one_of(frozenset({"megatron.core"})), "would import another module"),
    "attn_implementation": (_one_of(ATTENTION), "would fetch code from the hub"),
    "_attn_implementation": (_one_of(ATTENTION), "would fetch code from the hub"),
    "experts_implementation": (_one_of(ATTENTION), "would fetch code from the hub"),
    "quant_method": (_one_of(QUANTISED), "is a method of quantisation that is not opened here"),
    "vocab_file": (_all(_FILE), "must be a plain file name"),
    "merges_file": (_all(_FILE), "must be a plain file name"),
    "tokenizer_file": (_all(_FILE), "must be a plain file name"),
    "base_model_name_or_path": (_is_place, "must be a hub id or a folder"),
    "_name_or_path": (_is_place, "must be a hub id or a folder"),
    "name_or_path": (_is_place, "must be a hub id or a folder"),
}
"""What a key may hold, wherever in a configuration it stands, and what is wrong with anything else."""


def require_safe_config(content: Mapping[str, Any], file: str, field: str | None = None) -> None:
    """Check a configuration.

    Args:
        content: of the file, as JSON.
        file: its name, for the message.
        field: the parameter that named the model, for the error.

    Raises:
        UnsafeConfig: a key asks for what is not done here; the message names it with its place.
    """
    for place, key, value in _entries(content, file, field):
        why = _fault(key, value, content)
        if why is None and _is_inner_switch(place, key):
            why = "is an inner switch of transformers"
        if why is not None:
            raise UnsafeConfig(
                f"{file}: {'.'.join((*place, key))[:200]!r} {why}: take the model from elsewhere.", field
            )


def _fault(key: str, value: Any, content: Mapping[str, Any]) -> str | None:
    if key == "auto_map":
        unused = content.get("model_type")
        harmless = not value or (isinstance(unused, str) and unused in OWN_CODE_UNUSED)
        return None if harmless else "names code that comes with the model, which is not run"
    if key == "chat_template":
        return None if _is_template(value) else f"is no chat template of at most {LONGEST_TEMPLATE} characters"
    if key not in RULES:
        return None
    fits, why = RULES[key]
    return None if fits(value) else why


def _is_template(value: Any) -> bool:
    """A text, or a list of named ones."""
    if isinstance(value, list):
        return all(isinstance(one, dict) and _is_template(one.get("template")) for one in value)
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_TEMPLATE)


def _is_inner_switch(place: tuple[str, ...], key: str) -> bool:
    """Only where settings stand: labels and tokens may begin with any sign."""
    is_setting = all(part.endswith("_config") for part in place)
    return is_setting and key.startswith("_") and key not in UNDERSCORED and key not in RULES


def _entries(content: Mapping[str, Any], file: str, field: str | None) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Every key with its place and its value, at whatever depth."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), content)]
    while waiting:
        place, here = waiting.pop()
        if len(place) > MOST_DEPTH:
            raise UnsafeConfig(f"{file} is nested more than {MOST_DEPTH} deep: take the model from elsewhere.", field)
        if isinstance(here, Mapping):
            for key, value in here.items():
                yield place, key, value
                if isinstance(value, dict | list):
                    waiting.append(((*place, key), value))
        else:
            waiting += [((*place, str(at)), value) for at, value in enumerate(here) if isinstance(value, dict | list)]
