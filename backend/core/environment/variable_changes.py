"""Changes of `.env` that a request asks for: checked one by one and together, then written all or none."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from backend.core.environment.env_file import EnvFile, quoted
from backend.core.environment.settings import LOOPBACK
from backend.core.environment.variables import Variable, variables
from backend.core.errors import InvalidInput

KEY_OF = {"OPENAI_API_BASE": "OPENAI_API_KEY", "INFERENCE_SERVER_URL": "INFERENCE_SERVER_KEY"}
"""Addresses with the key that is sent to them."""

_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")


class BadVariables(InvalidInput):
    """Values that cannot be set; nothing was.

    Args:
        problems: what is wrong, by the variable's name.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in problems.items()))
        self.problems = problems


def change_variables(file: EnvFile, given: Mapping[str, Any]) -> None:
    """Set variables in the file; None takes one back to its default.

    Args:
        given: values by UPPER_CASE name, as text or as JSON has them.

    Raises:
        BadVariables: some cannot be set; the file is as it was.
        EnvFileUnreadable, Conflict, DiskFull, NotWritable: see `EnvFile.change`.
    """
    texts = _texts(given)
    file.change(texts, lambda wanted: _require_safe(_over(wanted), texts))


def environment_with(file: EnvFile, given: Mapping[str, Any]) -> dict[str, str]:
    """The environment as it would be with these changes, which are not made.

    Raises:
        BadVariables: some could not be set. A stored key counts for a new address here as little as there.
        EnvFileUnreadable: see `EnvFile.values`.
    """
    texts = _texts(given)
    after = _over({**file.values(), **{name: text or "" for name, text in texts.items()}})
    _require_safe(after, texts)
    return after


def _texts(given: Mapping[str, Any]) -> dict[str, str | None]:
    """The values as they stand in the file, each of which may be set. Raises BadVariables."""
    problems: dict[str, str] = {}
    texts: dict[str, str | None] = {}
    for name, value in given.items():
        try:
            texts[name] = _text(_settable(name), value)
        except InvalidInput as error:
            problems[name] = str(error)
    if problems:
        raise BadVariables(problems)
    return texts


def _over(file: Mapping[str, str]) -> dict[str, str]:
    """What counts of the file and the process's environment."""
    return {name: text for name, text in {**file, **os.environ}.items() if text}


def _require_safe(after: Mapping[str, str], texts: Mapping[str, str | None]) -> None:
    if found := {**_locked_out(after, texts), **_keys_sent_elsewhere(after, texts)}:
        raise BadVariables(found)


def _settable(name: str) -> Variable:
    """The variable of this name, if a request may set it here and now. Raises InvalidInput."""
    known = variables().get(name)
    if known is None:
        raise InvalidInput("There is no such setting: GET /settings lists them.")
    if not known.is_editable:
        raise InvalidInput("This is the machine owner's to set, in .env or in the environment.")
    if name in os.environ:
        raise InvalidInput("The environment goes first: it is set where the service was started.")
    return known


def _text(variable: Variable, value: Any) -> str | None:
    """The value as it stands in the file. Raises InvalidInput."""
    if value is None or value == "":
        return None
    if isinstance(value, (list, dict)) != variable.is_composite and not isinstance(value, str):
        raise InvalidInput("This takes a list or a mapping." if variable.is_composite else "This takes one value.")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    quoted(text)
    if problem := variable.problem(text) or _unsafe(variable, text):
        raise InvalidInput(problem)
    if not isinstance(value, str) and variable.value(text) != value:
        raise InvalidInput("This takes text: put it in quotes.")
    return text


def _unsafe(variable: Variable, text: str) -> str | None:
    """What a request may not ask for, though the owner of the machine may write it into the file."""
    if variable.name in KEY_OF:
        return _unsafe_address(text)
    if variable.schema.get("x-widget") == "model" and not (_MODEL.fullmatch(text) and ".." not in text):
        return "Give a Hugging Face id (owner/name), a folder inside the project, or tiny."
    return None


def _unsafe_address(text: str) -> str | None:
    """Only a web address without a password; never the addresses at which clouds hand out credentials."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return "This is no address: write it like http://127.0.0.1:8000/v1."
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[A-Za-z0-9.:-]+", host):
        return "This is no address: write it like http://127.0.0.1:8000/v1."
    if parts.username is not None or parts.password is not None:
        return "An address with a name or a password in it would show them: put the key into its own setting."
    try:
        is_link_local = ip_address(host).is_link_local
    except ValueError:
        # Numbers that are no address in the usual form are one to some resolvers: 2852039166, 0xa9fea9fe.
        is_link_local = bool(re.fullmatch(r"[0-9.]+|0x[0-9A-Fa-f.x]+", host)) or host == "metadata.google.internal"
    return "This address is reserved for the network itself: give a server's." if is_link_local else None


def _locked_out(after: Mapping[str, str], texts: Mapping[str, str | None]) -> dict[str, str]:
    """A service that would refuse to start, and so could not be asked to set it right."""
    host = after.get("HOST", "127.0.0.1")
    if host in LOOPBACK or after.get("API_TOKEN") or not texts.keys() & {"HOST", "API_TOKEN"}:
        return {}
    name = "HOST" if texts.get("HOST") else "API_TOKEN"
    return {name: "An address beyond this machine needs API_TOKEN: give both together."}


def _keys_sent_elsewhere(after: Mapping[str, str], texts: Mapping[str, str | None]) -> dict[str, str]:
    """A stored key must not be sent to an address that whoever cannot read it may choose."""
    return {
        address: f"{key} is stored and would be sent to another address: give it in the same request."
        for address, key in KEY_OF.items()
        if address in texts and after.get(key) and key not in texts
    }
