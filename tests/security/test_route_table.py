"""S7: every route, by every method and protocol, is refused without a credential, but for those named here.

A route that is open and not named here fails; a new one needs no line, as it is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from starlette.routing import Host, Mount, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from tests.campaign import tell
from tests.service_kit import app_in

TOKEN = "a-token-that-nobody-guesses"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
OPEN = {
    *((method, path) for method in ("GET", "HEAD") for path in ("/", "/health", "/ui", "/ui/", "/ui/x/y")),
    *((method, "/session") for method in ("GET", "HEAD", "POST", "DELETE")),
}
UNKNOWN = (
    "/nothing", "/jobs/", "/JOBS", "/ui/../jobs", "/ui/%2e%2e/jobs", "/healthz", "/health/", "/uix",
    "/docs", "/redoc", "/openapi.json", "/jobs;/ui/", "/jobs?x=/ui/", "/health%2f..%2fjobs", "/session/x",
    "/state/jobs.db",
)  # fmt: skip


def paths_of(routes: Any, prefix: str = "") -> Iterator[str]:
    """The address of every route, those of mounts and included routers too, with each parameter filled in."""
    for route in routes:
        path = prefix + getattr(route, "path", "")
        if isinstance(route, Mount | Host):
            yield f"{path}/"
            yield from paths_of(route.routes, path)
        elif hasattr(route, "original_router"):  # how FastAPI keeps an included router
            yield from paths_of(route.original_router.routes, path)
        elif hasattr(route, "path"):
            yield path.replace("{path:path}", "x/y").replace("{model:path}", "a/b").replace("{", "").replace("}", "")
        else:
            raise AssertionError(f"{route!r}: say here where its addresses are")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path, api_token=TOKEN), follow_redirects=False) as client:
        yield client


def test_every_route_is_refused_without_a_credential(client: TestClient) -> None:
    app: Any = client.app
    paths = {*app.openapi()["paths"], *paths_of(app.routes)}
    paths = {path.replace("{", "").replace("}", "") for path in paths}
    assert {"/jobs", "/train", "/ui/x/y", "/openapi.json", "/v1/models"} <= paths
    asked = 0
    for path in sorted(paths):
        for method in METHODS:
            answer = client.request(method, path)
            if (method, path) in OPEN:
                assert answer.status_code != 401 or answer.json()["code"] == "wrong_token", (method, path)
            else:
                assert answer.status_code == 401, (method, path, answer.text)
                assert answer.headers["www-authenticate"] == "Bearer"
                assert method == "HEAD" or answer.json().get("code", "unauthorized") == "unauthorized"
            asked += 1
    tell("S7", routes=len(paths), methods=len(METHODS), asked=asked, open=len(OPEN))


def test_what_is_open_is_only_what_is_named(client: TestClient) -> None:
    app: Any = client.app
    for path in {*app.openapi()["paths"], *UNKNOWN}:
        for method in METHODS:
            if (method, path) not in OPEN and not path.startswith("/ui/"):
                assert client.request(method, path).status_code == 401, (method, path)


@pytest.mark.parametrize("path", ["/", "/health", "/ui/", "/jobs", "/nothing", "/session"])
@pytest.mark.parametrize("headers", [{}, {"authorization": f"Bearer {TOKEN}"}], ids=["without", "with"])
def test_no_address_opens_a_web_socket(client: TestClient, path: str, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(path, headers=headers):
        pass
    assert closed.value.code == 1008


def test_a_route_that_somebody_adds_is_closed(tmp_path: Path) -> None:
    app = app_in(tmp_path, api_token=TOKEN)
    router = APIRouter()

    @router.get("/added")
    async def added() -> str:
        return "secret"

    async def socket(websocket: Any) -> None:
        await websocket.accept()

    app.include_router(router)
    app.router.routes += [WebSocketRoute("/socket", socket), Mount("/mounted", router)]
    with TestClient(app) as client:
        for path in ("/added", "/mounted/added", "/mounted/"):
            assert client.get(path).status_code == 401
        assert client.get("/added", headers={"authorization": f"Bearer {TOKEN}"}).text == '"secret"'
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/socket"):
            pass


def test_an_unknown_protocol_reaches_nothing(client: TestClient) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    asyncio.run(client.app({"type": "webtransport", "path": "/jobs", "headers": []}, receive, send))  # type: ignore[arg-type]
    assert sent == []
