"""The services that the settings name: the one that judges and writes, the one that answers prompts, and the hub."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput, PipelineError
from backend.core.llm.access import Access, access_for
from backend.core.models.hub_cache import is_offline
from backend.core.params.llm import LLMParams
from backend.jobs.connections.asking import Reply, ask, refusal
from backend.jobs.connections.report import ConnectionReport

HUB = "https://huggingface.co"
NOT_LISTING = (404, 405, 501)
"""How servers without a list of models answer the question for it."""


async def try_language_model(settings: Settings) -> ConnectionReport:
    """Ask for the models; of a server that lists none, for one token of an answer."""
    try:
        access = access_for(LLMParams(), settings)
    except InvalidInput:
        return _failed("OPENAI_API_KEY is not set, and the service is not on this machine: set the key first.")
    try:
        reply = await _ask(access, "/models")
        if reply.status in NOT_LISTING:
            return await _one_token(access, settings)
    except PipelineError as error:
        return _failed(str(error))
    wanted = {"EVAL_MODEL": settings.eval_model, "MODEL_GEN": settings.model_gen}
    return _listed(reply, access.host, "OPENAI_API_KEY", wanted)


async def try_inference_server(settings: Settings) -> ConnectionReport:
    """Ask the server in place of the local model for its models."""
    if not settings.inference_server_url:
        return ConnectionReport(outcome="works", message="No server is set: the local model answers.")
    url = settings.inference_server_url.rstrip("/").removesuffix("/v1")
    try:
        reply = await ask(f"{url}/v1/models", _text(settings.inference_server_key), direct=True)
    except PipelineError as error:
        return _failed(str(error))
    return _listed(reply, urlsplit(url).hostname or "", "INFERENCE_SERVER_KEY", {})


async def try_hub(settings: Settings, environ: Mapping[str, str] = os.environ) -> ConnectionReport:
    """Ask the hub whose token it is."""
    if is_offline():
        message = "HF_HUB_OFFLINE is set, so the hub is not asked: only models on this machine can be used."
        return ConnectionReport(outcome="doubtful", message=message)
    token = _text(settings.hf_token)
    url = (environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    host = urlsplit(url).hostname or ""
    try:
        reply = await ask(f"{url}/api/whoami-v2", token, direct=_is_here(host))
    except PipelineError as error:
        return _failed(str(error))
    if token is None and reply.status < 500:
        message = f"{host} answers. No token is set: open models can be fetched, gated ones cannot."
        return ConnectionReport(outcome="works", message=message, latency_ms=reply.milliseconds)
    if why := refusal(reply, host, "HF_TOKEN"):
        return _failed(why, reply)
    name = reply.body.get("name") if isinstance(reply.body, dict) else None
    signed_in = f" as {name[:60]}" if isinstance(name, str) and name.isprintable() else ""
    return ConnectionReport(outcome="works", message=f"Signed in at {host}{signed_in}.", latency_ms=reply.milliseconds)


async def _one_token(access: Access, settings: Settings) -> ConnectionReport:
    body = {"model": settings.eval_model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    reply = await _ask(access, "/chat/completions", body)
    if why := refusal(reply, access.host, "OPENAI_API_KEY"):
        return _failed(why, reply)
    message = f"{access.host} answers with {settings.eval_model}; it has no list of models."
    return ConnectionReport(outcome="works", message=message, latency_ms=reply.milliseconds)


async def _ask(access: Access, path: str, post: Mapping[str, Any] | None = None) -> Reply:
    return await ask(f"{access.base_url}{path}", access.key, direct=access.loopback, post=post)


def _listed(reply: Reply, host: str, key_name: str, wanted: Mapping[str, str]) -> ConnectionReport:
    """What a list of models says; `wanted` are the names of settings with the models they name."""
    if why := refusal(reply, host, key_name):
        return _failed(why, reply)
    rows = reply.body.get("data") if isinstance(reply.body, dict) else None
    if not isinstance(rows, list):
        return _failed(f"{host} answers, but not as an OpenAI-compatible service does: is the address right?", reply)
    known = {row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
    missing = [f"{name} ({model}) is not among its models." for name, model in wanted.items() if model not in known]
    count = f"{len(known):,} model{'' if len(known) == 1 else 's'}"
    return ConnectionReport(
        outcome="doubtful" if missing else "works",
        message=f"{host} answers and has {count}.",
        latency_ms=reply.milliseconds,
        details=missing,
    )


def _failed(message: str, reply: Reply | None = None) -> ConnectionReport:
    return ConnectionReport(outcome="fails", message=message, latency_ms=reply.milliseconds if reply else None)


def _is_here(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value().strip() or None if secret else None
