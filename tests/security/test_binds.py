"""S8: however the service is started, an address that others reach without a token ends it before a port is open."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from backend.api.server import serve
from tests.campaign import tell
from tests.service_kit import app_in

ROOT = Path(__file__).parents[2]
NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "here.test": ["127.0.0.1"],
    "wide.test": ["192.0.2.7"],
    "both.test": ["127.0.0.1", "192.0.2.7"],
}
"""What a resolver could say, so that no network is asked; addresses stand for themselves."""
LOOPBACK = ("127.0.0.1", "127.8.9.1", "127.1", "::1", "::ffff:127.0.0.1", "localhost", "here.test")
WIDE = ("0.0.0.0", "0", "::", "::ffff:0.0.0.0", "192.0.2.7", "2001:db8::7", "wide.test", "both.test", "")
UNKNOWN = "nowhere.test"
UVICORN = ("uvicorn", "backend.main:app", "--host")
STARTERS = ("python -m backend.main", "uvicorn backend.main:app")


class Reached(OSError):
    """The service went so far as to bind."""


def reaches_bind(monkeypatch: pytest.MonkeyPatch, folder: Path, starter: str, host: str, token: str | None) -> bool:
    """Start the service in this process, with sockets that only note that they would be bound."""
    bound: list[Any] = []

    def bind(_: socket.socket, address: Any) -> None:
        bound.append(address)
        raise Reached(13, "noted")

    resolve = socket.getaddrinfo

    def known_names(name: Any, *given: Any, **more: Any) -> list[Any]:
        if name == UNKNOWN:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [info for one in NAMES.get(name, [name]) for info in resolve(one, *given, **more)]

    monkeypatch.setattr(socket.socket, "bind", bind)
    monkeypatch.setattr(socket, "getaddrinfo", known_names)
    if starter == STARTERS[0]:
        code: Any = serve(app_in(folder, host=host, api_token=token))
    else:
        with pytest.raises(SystemExit) as ended:
            uvicorn.run(app_in(folder, api_token=token), host=host, port=0, log_config=None)
        code = ended.value.code
    assert code not in (0, None)
    return bool(bound)


@pytest.mark.parametrize("starter", STARTERS)
@pytest.mark.parametrize("token", [None, "s3cret-of-this-test"], ids=["without", "with"])
@pytest.mark.parametrize("host", [*LOOPBACK, *WIDE, UNKNOWN])
def test_only_this_machine_is_listened_to_without_a_token(
    in_memory: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture, host: str, token: str | None, starter: str,
) -> None:  # fmt: skip
    reached = reaches_bind(monkeypatch, in_memory, starter, host, token)
    assert reached == (host in LOOPBACK or (token is not None and (host != UNKNOWN or starter == STARTERS[0])))
    told = capfd.readouterr().err + caplog.text
    assert ("API_TOKEN must be set" in told) == (token is None and host not in LOOPBACK), told
    if host == UNKNOWN and token is None:
        hosts = len((*LOOPBACK, *WIDE, UNKNOWN))
        tell("S8", configurations=hosts * 2 * len(STARTERS), starter=starter, opened_without_a_token=int(reached))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "host", "code"),
    [
        pytest.param(["backend.main"], "0.0.0.0", 2, id="main"),
        pytest.param([*UVICORN, "::"], "127.0.0.1", 3, id="uvicorn"),
        # Its parent process ends with 0 when no worker starts; that is uvicorn's own to say.
        pytest.param([*UVICORN, "::", "--workers", "2"], "127.0.0.1", 0, id="workers", marks=pytest.mark.campaign),
    ],
)
def test_a_real_process_ends_without_having_accepted(
    tmp_path: Path, arguments: list[str], host: str, code: int
) -> None:
    port = free_port()
    folders = {name: str(tmp_path / name) for name in ("DATA_DIR", "MODEL_OUTPUT_DIR", "STATE_DIR")}
    environ = {**os.environ, **folders, "HOST": host, "PORT": str(port), "PIPELINE_ENV_FILE": str(tmp_path / ".env")}
    command = [sys.executable, "-m", *arguments, *(["--port", str(port)] if host == "127.0.0.1" else [])]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True)
    accepted = 0
    try:
        while process.poll() is None:
            with socket.socket() as client:
                client.settimeout(0.05)
                accepted += client.connect_ex(("127.0.0.1", port)) == 0
            process_ended(process)
        assert process.stderr is not None
        assert "API_TOKEN must be set" in process.stderr.read()
    finally:
        process.kill()
        process.communicate()
    assert (accepted, process.returncode) == (0, code)


def process_ended(process: subprocess.Popen[str]) -> None:
    """Give it a moment before the next look."""
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return
