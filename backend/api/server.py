"""Listening: what has to be right before the port is opened, and a stop that waits for checkpoints."""

from __future__ import annotations

import signal
import socket
import sys
from threading import Thread
from types import FrameType

import uvicorn
from fastapi import FastAPI

from backend.api.connection import Connection
from backend.api.guard.listening import NEEDS_TOKEN, is_loopback
from backend.api.log_lines import use_log_lines
from backend.core.environment.settings import Settings
from backend.core.errors import PipelineError
from backend.core.process import configure_logging, in_user_words
from backend.jobs.service import Service

GRACEFUL_SECONDS = 6
KEEP_ALIVE_SECONDS = 5
BACKLOG = 128
"""Accepted in one go: more could be more than the process may have open."""


def serve(app: FastAPI) -> int:
    """Run the service until it is asked to stop; returns the exit code."""
    service: Service = app.state.service
    try:
        settings = service.settings
        listener = listen(settings)
        configure_logging()
        use_log_lines()
        service.start()
    except (PipelineError, OSError) as error:
        told = in_user_words(error) or error
        sys.stderr.write(f"error: {told}\n")
        return told.exit_code if isinstance(told, PipelineError) else 2
    sys.stderr.write(f"The service is ready: http://{settings.host}:{settings.port}/ui/\n")
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,  # its records are written as all others
        log_level="warning",
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        http=Connection,
        ws="none",
        backlog=BACKLOG,
        proxy_headers=False,
        server_header=False,
    )
    # uvicorn stops gracefully, then raises the signal again; before it listens, this is the whole stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    try:
        Server(config, service).run(sockets=[listener])
    finally:
        service.stop()
    return 0


class Server(uvicorn.Server):
    """Uvicorn waits for open answers when it stops: these are ended first."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal is for a stop in order, a second one means now."""
        if self.should_exit:
            self.force_exit = True
            # In a thread: what it locks may be held by the very code that the signal interrupts.
            Thread(target=self._service.begin_to_stop, kwargs={"now": True}).start()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        if counter % 10 == 0:
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell whoever waits for an answer that there will be none, have runs write checkpoints, then stop as ever."""
        self._service.begin_to_stop()
        self._service.end_answers()
        await super().shutdown(sockets)


def listen(settings: Settings) -> socket.socket:
    """The socket of the service.

    Raises:
        PipelineError: anybody on the network could use it without a token, or the port is taken.
    """
    if settings.api_token is None and not is_loopback(settings.host):
        raise CannotListen(f"HOST={settings.host} {NEEDS_TOKEN}")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol must be named: asyncio sends without delay only on sockets that say TCP; else a poll takes 44 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # Bound alone, a second service could bind too and both would wait for calls.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"{settings.host}:{settings.port} cannot be used ({error.strerror}): "
            "stop the program that has it, or set another PORT."
        ) from None
    return listener


class CannotListen(PipelineError):
    """The address cannot or must not be used."""

    exit_code = 2
