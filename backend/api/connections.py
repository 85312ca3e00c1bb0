"""Whether what the settings name answers: tried on request, with what is saved or what somebody has just typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from backend.api.deps import SettingsDep
from backend.api.settings import Name, Value, refused
from backend.core.environment.env_file import EnvFile
from backend.core.environment.settings import Settings, env_file, load_settings
from backend.core.environment.variable_changes import BadVariables, environment_with
from backend.core.redaction import redacted
from backend.jobs.connections.model_cache import try_model_cache
from backend.jobs.connections.report import ConnectionReport
from backend.jobs.connections.services import try_hub, try_inference_server, try_language_model
from backend.jobs.webhook import try_webhook

router = APIRouter(prefix="/settings/test", tags=["settings"])

What = Literal["language-model", "hub", "inference-server", "model-cache", "webhook"]
Typed = Annotated[dict[Name, Value], Field(max_length=20), Body()]

TESTS: dict[str, Callable[[Settings], Awaitable[ConnectionReport]]] = {
    "language-model": try_language_model,
    "hub": try_hub,
    "inference-server": try_inference_server,
    "webhook": try_webhook,
}


@router.post("/{what}")
async def test_connection(what: What, typed: Typed, settings: SettingsDep) -> ConnectionReport:
    """Try a connection as the settings have it, or as it would be with what was typed and not saved yet.

    A key that is stored is sent to no address but the one it was stored for.
    """
    if what == "model-cache":
        return await run_in_threadpool(try_model_cache, settings)  # its folder is not a request's to choose
    report = await TESTS[what](await run_in_threadpool(_settings_with, typed))
    return report.model_copy(update={"message": redacted(report.message)})


def _settings_with(typed: dict[str, Any]) -> Settings:
    """What a run would read now, with these changes."""
    try:
        return load_settings(environment_with(EnvFile(env_file()), typed))
    except BadVariables as error:
        raise refused(error.problems) from None
