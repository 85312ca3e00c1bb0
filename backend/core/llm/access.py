"""Where the service is and which key opens it; decided before anything is sent or written."""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from backend.core.environment.settings import Settings, environment
from backend.core.errors import InvalidInput
from backend.core.params.llm import LLMParams

logger = logging.getLogger(__name__)

OPENAI = "https://api.openai.com/v1"
PLACEHOLDER = "none-needed"
"""Sent to a server on this machine when there is no key: the library insists on one."""

HIDDEN = "[key]"
SHORTEST_SECRET = 16
"""Letters; shorter ones (`EMPTY`, `test`) stand for no key with local servers, and may well be words of an answer."""


@dataclass(frozen=True)
class Access:
    """An address with its key; the key shows in no representation.

    Args:
        host: of the address, for the records.
        loopback: whether that is this machine.
    """

    base_url: str
    host: str
    loopback: bool
    key: str = field(repr=False)

    def without_key(self, text: str) -> str:
        """The text with the key taken out: a server may quote it in an error."""
        return text.replace(self.key, HIDDEN) if len(self.key) >= SHORTEST_SECRET and self.key in text else text


def access_for(params: LLMParams, settings: Settings) -> Access:
    """The address and the key that the parameters and settings name.

    Raises:
        InvalidInput: no http(s) address, one with a password in it, or no key for a server elsewhere.
    """
    base_url = params.openai_api_base or settings.openai_api_base or OPENAI
    parts = _split(base_url)
    host = parts.hostname or ""
    loopback = host == "localhost" or _is_loopback(host)
    key = _key(params.api_key_env, settings)
    if not key and not loopback:
        raise InvalidInput(
            f"{params.api_key_env} is not set, and {host} is not on this machine: put the key into .env, name another "
            "variable with --api_key_env, give a local server with --openai_api_base, or try with --mock.",
            "api_key_env",
        )
    if key and not key.isascii():
        raise InvalidInput(f"{params.api_key_env} holds letters that no key has: correct it in .env.", "api_key_env")
    if key and not loopback and params.api_key_env == "OPENAI_API_KEY" and host != "api.openai.com":
        logger.warning("%s is sent to %s, which is not OpenAI's.", params.api_key_env, host)
    return Access(base_url.rstrip("/"), host, loopback, key or PLACEHOLDER)


def _split(base_url: str) -> SplitResult:
    try:
        parts = urlsplit(base_url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        port_is_fine = False
    if not port_is_fine or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(
            f"openai_api_base: {base_url!r} is no address: write it like http://127.0.0.1:8000/v1.", "openai_api_base"
        )
    if parts.username or parts.password:
        raise InvalidInput(
            "openai_api_base holds a name or a password, which would end up in the run's files: put the key into a "
            "variable and name it with --api_key_env.",
            "openai_api_base",
        )
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key(variable: str, settings: Settings) -> str:
    if variable == "OPENAI_API_KEY" and settings.openai_api_key:
        return settings.openai_api_key.get_secret_value().strip()
    return environment().get(variable, "").strip()
