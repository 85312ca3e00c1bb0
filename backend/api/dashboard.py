"""The built dashboard under `/ui/`, when it is there; otherwise a line on how to build it."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse

from backend.api.errors import Refusal
from backend.core.paths import PROJECT_ROOT

DIST = PROJECT_ROOT / "frontend" / "dist"
FOR_EVER = "public, max-age=31536000, immutable"
"""Files in `assets/` carry a hash of their content in their name."""

HOW_TO_BUILD = "The dashboard is not built: run `npm ci && npm run build` in frontend/. The API works without it."


def dashboard_router(dist: Path = DIST) -> APIRouter:
    """The routes of the dashboard."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def root() -> RedirectResponse:
        return RedirectResponse("/ui/")

    @router.get("/ui")
    async def without_slash() -> RedirectResponse:
        return RedirectResponse("/ui/")

    @router.get("/ui/{path:path}")
    def page(path: str) -> FileResponse:
        index = dist / "index.html"
        if not index.is_file():
            raise Refusal(503, "dashboard_not_built", HOW_TO_BUILD)
        found = built_file(dist, path)
        if found:
            lasting = path.startswith("assets/")
            return FileResponse(found, headers={"Cache-Control": FOR_EVER if lasting else "no-cache"})
        if path.startswith("assets/"):  # a page of an earlier build asks for a file that is gone
            raise Refusal(404, "not_found", "There is no such file.")
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    return router


def built_file(dist: Path, path: str) -> Path | None:
    """The file of the build that an address names; None when there is none, or it would lie outside."""
    try:
        found = (dist / path).resolve()
        return found if found.is_file() and found.is_relative_to(dist.resolve()) else None
    except (OSError, ValueError):  # a null byte, a name longer than the system allows
        return None
