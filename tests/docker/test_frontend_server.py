"""The dashboard's own server says of its pages what the service says, and listens where Compose publishes it."""

from __future__ import annotations

import re
import shlex

from backend.api.guard.headers import SECURITY_HEADERS
from backend.core.paths import PROJECT_ROOT
from tests.docker.compose_kit import services
from tests.docker.dockerfile_kit import stages

CADDYFILE = (PROJECT_ROOT / "docker" / "frontend" / "Caddyfile").read_text(encoding="utf-8")


def test_pages_have_the_headers_of_the_services() -> None:
    block = re.search(r"header \{\n(.*?)\n\t\t\}", CADDYFILE, flags=re.DOTALL)
    assert block is not None
    said = dict(shlex.split(line) for line in block[1].splitlines())
    # Pages are asked for anew and may be kept; the service's answers may not.
    assert said == {**SECURITY_HEADERS, "Cache-Control": "no-cache"}


def test_it_listens_where_it_is_published() -> None:
    (port,) = stages()["frontend"].rest_of("EXPOSE")
    assert f"\n:{port} {{\n" in CADDYFILE
    assert services(environ={"API_TOKEN": "a-token"})["frontend"].published[0][2] == int(port)


def test_it_asks_the_service_at_its_port() -> None:
    found = services(environ={"API_TOKEN": "a-token"})
    ((_, _, port),) = found["backend"].published
    assert found["frontend"].environment["VITE_API_URL"] == f"http://backend:{port}"
    assert stages()["frontend"].environment["VITE_API_URL"] == f"http://backend:{port}"
    assert "reverse_proxy {$VITE_API_URL}" in CADDYFILE
