"""Word of ended jobs, sent to an address of the owner's: a chat, a phone, a script.

In a thread of its own behind a bounded queue, so that no lane ever waits for a receiver. What cannot be delivered
after some tries is dropped, and so is what is left when the service stops: the job table keeps what happened.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from backend.core.environment.settings import LOOPBACK, Settings
from backend.core.errors import PipelineError
from backend.core.redaction import redacted
from backend.jobs.connections.report import ConnectionReport
from backend.jobs.folder import JobFolder
from backend.jobs.models import Job, now

log = logging.getLogger(__name__)

MOST_WAITING = 100
TIMEOUT_SECONDS = 10.0
WAITS_SECONDS = (2.0, 10.0, 60.0)
"""Between the tries of one delivery; a receiver that restarts is back within a minute."""
CLOSE_SECONDS = 1.0
ENDED, TEST = "job.ended", "test"
WORTH_ANOTHER_TRY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class Undelivered(PipelineError):
    """A receiver did not take a message.

    Args:
        message: why, without its words.
        again: whether another try may help.
    """

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again


class Webhook:
    """Tells the receiver that the settings name, if they name one.

    Args:
        settings: read anew for every message, so that a change needs no restart.
        folder_of: the folder of a job id.
        waits: seconds between the tries.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        folder_of: Callable[[str], JobFolder],
        waits: Sequence[float] = WAITS_SECONDS,
    ) -> None:
        self._settings = settings
        self._folder_of = folder_of
        self._waits = waits
        self._waiting: deque[Job] = deque(maxlen=MOST_WAITING)
        self._wake = Condition()
        self._closing = False
        self._fails = False
        self._thread: Thread | None = None

    def tell(self, job: Job) -> None:
        """Have word sent of a job's end; returns at once. Of more than a hundred that wait, the oldest are dropped."""
        with self._wake:
            if self._closing:
                return
            self._waiting.append(job)
            if self._thread is None:
                self._thread = Thread(target=self._work, name="webhook", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def close(self) -> None:
        """Send nothing more."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread:
            self._thread.join(CLOSE_SECONDS)

    def _work(self) -> None:
        while job := self._next():
            try:
                settings = self._settings()
                if settings.webhook_url:
                    self._deliver(settings, message_of(job, self._folder_of(job.id).result(), settings))
            except (PipelineError, OSError) as error:  # settings or a result that cannot be read
                self._note(str(error))

    def _next(self) -> Job | None:
        with self._wake:
            self._wake.wait_for(lambda: self._closing or self._waiting)
            return None if self._closing else self._waiting.popleft()

    def _deliver(self, settings: Settings, message: Mapping[str, Any]) -> None:
        delivery = uuid4().hex
        for wait in (*self._waits, None):
            try:
                send(settings, message, delivery)
            except Undelivered as error:
                self._note(str(error))
                if wait is None or not error.again or self._is_closed_within(wait):
                    return
            else:
                if self._fails:
                    log.info("The webhook takes messages again.")
                self._fails = False
                return

    def _is_closed_within(self, seconds: float) -> bool:
        with self._wake:
            return self._wake.wait_for(lambda: self._closing, seconds)

    def _note(self, why: str) -> None:
        """Once for each time that it begins to fail: a receiver may be away for days."""
        if not self._fails:
            log.warning("No word of ended jobs can be sent to WEBHOOK_URL: %s", redacted(why))
        self._fails = True


def message_of(job: Job, result: Mapping[str, Any] | None, settings: Settings) -> dict[str, Any]:
    """What is sent of an ended job: its record and the figures of its result, no data and no parameters."""
    host = "localhost" if settings.host in LOOPBACK | {"0.0.0.0", "::"} else settings.host
    return {
        "event": ENDED,
        "job_id": job.id,
        "name": job.name,
        "kind": job.kind,
        "status": job.status.value,
        "reason": job.reason,
        "error": redacted(job.error) if job.error else None,
        "result": figures_of(result or {}),
        "url": f"http://{host}:{settings.port}/ui/jobs/{job.id}",
        **{name: _iso(getattr(job, name)) for name in ("created_at", "started_at", "finished_at")},
    }


def figures_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a result, and the name of what it made."""
    told = {name: value for name, value in result.items() if isinstance(value, int | float)}
    return {**told, **({"adapter_name": result["adapter_name"]} if result.get("adapter_name") else {})}


def _iso(time: Any) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


def send(settings: Settings, message: Mapping[str, Any], delivery: str) -> None:
    """Send one message, signed if there is a secret; no redirection is followed.

    Args:
        delivery: the same for every try, so that a receiver can tell a repetition.

    Raises:
        Undelivered: it was not taken.
    """
    import httpx  # takes a tenth of a second to import

    assert settings.webhook_url
    body = json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    headers = {"Content-Type": "application/json", "X-Event": str(message["event"]), "X-Delivery": delivery}
    if settings.webhook_secret:
        headers["X-Signature-256"] = signature(body, settings.webhook_secret.get_secret_value())
    url = settings.webhook_url.get_secret_value()
    host = urlsplit(url).hostname
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            status = client.post(url, content=body, headers=headers).status_code
    except httpx.TimeoutException:
        raise Undelivered(f"{host} did not answer within {TIMEOUT_SECONDS:.0f} seconds.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Undelivered(f"{host} cannot be reached ({type(error).__name__}).") from None
    if not 200 <= status < 300:
        again = status >= 500 or status in WORTH_ANOTHER_TRY
        raise Undelivered(f"{host} answers with status {status}: is the address right?", again=again)


def signature(body: bytes, secret: str) -> str:
    """What `X-Signature-256` carries: `sha256=` and the HMAC of the body, in hexadecimal."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


async def try_webhook(settings: Settings) -> ConnectionReport:
    """Send a message that says it is a test."""
    if not settings.webhook_url:
        return ConnectionReport(outcome="works", message="WEBHOOK_URL is not set: nobody is told when a job ends.")
    host = urlsplit(settings.webhook_url.get_secret_value()).hostname
    begun = now()
    try:
        await asyncio.to_thread(send, settings, {"event": TEST, "sent_at": _iso(begun)}, uuid4().hex)
    except Undelivered as error:
        return ConnectionReport(outcome="fails", message=str(error))
    milliseconds = round((now() - begun).total_seconds() * 1000)
    signed = "signed" if settings.webhook_secret else "not signed, as there is no WEBHOOK_SECRET"
    return ConnectionReport(outcome="works", message=f"{host} has taken a test ({signed}).", latency_ms=milliseconds)
