"""The service: the API at the root, the dashboard under `/ui/`.

python -m backend.main          HOST and PORT from the environment or .env
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from backend.api import (
    about,
    adapters,
    compare,
    configs,
    dataset_changes,
    dataset_download,
    dataset_report,
    dataset_views,
    datasets,
    documents,
    errors,
    estimate,
    evaluations,
    generate,
    generation,
    history,
    imports,
    job_log,
    job_metrics,
    jobs,
    kinds,
    models,
    pulse,
    samples,
    session,
    sweeps,
    system,
    tick,
)
from backend.api.attempts import Attempts
from backend.api.connections import router as connections_router
from backend.api.dashboard import dashboard_router
from backend.api.documented import OPENAI_PROBLEMS, PROBLEMS, Application
from backend.api.guard.stack import Guards
from backend.api.server_in_place import ServerInPlace
from backend.api.settings import router as settings_router
from backend.api.submit import submit_router
from backend.api.v1 import chat, completions
from backend.api.v1 import models as served_models
from backend.api.version import VERSION
from backend.core.environment.settings import Settings
from backend.core.paths import WINDOWS_DRIVE_PATTERN
from backend.jobs.kinds import JOB_KINDS, JobKind
from backend.jobs.service import Service
from backend.jobs.store import JobStore, jobs_store

__all__ = ["WINDOWS_DRIVE_PATTERN", "app", "create_app", "jobs_store"]


def create_app(
    settings: Settings | None = None, *, store: JobStore = jobs_store, job_kinds: Mapping[str, JobKind] = JOB_KINDS
) -> FastAPI:
    """The application; nothing is read, opened or started before its first request or its lifespan.

    Args:
        settings: None = from the environment and `.env`.
        store: where the jobs are.
        job_kinds: what can be run.
    """
    service = Service(settings, store, job_kinds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        if service.inference_server:
            await service.inference_server.close()
        service.stop()

    app = Application(
        title="QLoRA Fine-Tuning Pipeline",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from a CDN, which the content policy forbids
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses=PROBLEMS,
    )
    app.state.service = service
    app.state.attempts = Attempts()
    errors.install(app)
    nouns = (
        system,
        about,
        pulse,
        session,
        kinds,
        history,
        configs,
        jobs,
        tick,
        job_log,
        job_metrics,
        samples,
        estimate,
        sweeps,
        generate,
        models,
        compare,  # before a route that would take the word for an adapter's name
        imports,
        adapters,
        datasets,
        dataset_views,
        dataset_report,
        dataset_changes,
        dataset_download,
        evaluations,
        generation,
        documents,
    )
    for router in nouns:
        app.include_router(router.router)
    for openai_router in (served_models, chat, completions):
        app.include_router(openai_router.router, responses=OPENAI_PROBLEMS)
    app.include_router(settings_router)
    app.include_router(connections_router)
    app.include_router(submit_router(job_kinds))
    app.include_router(dashboard_router())
    app.add_middleware(ServerInPlace, service=service)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(Guards, service=service)
    return app


app = create_app()

if __name__ == "__main__":
    from backend.api.server import serve

    raise SystemExit(serve(app))
