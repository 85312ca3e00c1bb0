"""What has to be right before the port is opened."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from backend.api.server import CannotListen, listen, serve
from tests.service_kit import app_in, settings_in


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.test", ""])
def test_nobody_is_let_in_from_the_network_without_a_token(tmp_path: Path, host: str) -> None:
    with pytest.raises(CannotListen, match="API_TOKEN must be set"):
        listen(settings_in(tmp_path, host=host))


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1:{port} cannot be used .* set another PORT"):
            listen(settings_in(tmp_path, port=port))


def test_with_a_token_the_network_is_served(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listener = listen(settings_in(tmp_path, host="0.0.0.0", port=port, api_token="s3cret"))
    assert listener.getsockname()[1] == port
    assert listener.proto == socket.IPPROTO_TCP
    listener.close()


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder where not even root may write")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert serve(app_in(tmp_path, state_dir="/sys/state", port=port)) == 2
    assert capsys.readouterr().err.endswith(
        "error: No permission to write /sys/state: choose another folder or change its permissions.\n"
    )
