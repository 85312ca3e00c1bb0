"""Another OpenAI-compatible server (vLLM, say) in place of the local worker: `INFERENCE_SERVER_URL` names it.

Adapter names go to it as its model names, as vLLM has them (`--lora-modules name=path`). The name of this machine's
base stands for the first base that the server lists, unless the server knows that very name.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backend.core.errors import PipelineError
from backend.jobs.answering.served import UnknownModel, default_base_model

if TYPE_CHECKING:  # it takes a tenth of a second to import, and few set a server in place
    import httpx

ANSWER_SECONDS = 900.0
"""As long as the local worker has for an answer."""
CONNECT_SECONDS = 5.0
LIST_SECONDS = 30.0
"""How long the server's list of models is taken as it was."""
LONGEST_EXCERPT = 300


class ServerUnreachable(PipelineError):
    """The server in place of the local model does not answer, or not as it should."""


class InferenceServer:
    """The server, spoken to from one event loop.

    Args:
        url: its address, with or without `/v1` at the end.
        key: sent as bearer token; None = none.
    """

    def __init__(self, url: str, key: str | None) -> None:
        self.url = url.rstrip("/").removesuffix("/v1")
        # The answer's bytes are passed on as they come: compressed ones would not be read by everybody.
        self._headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {key}"} if key else {})}
        self._client: httpx.AsyncClient | None = None
        self._listed: tuple[float, list[dict[str, Any]]] = (0.0, [])
        self._waiting: set[asyncio.Task[Any]] = set()
        self._is_closing = False

    async def models(self) -> list[dict[str, Any]]:
        """What the server lists. Raises ServerUnreachable."""
        asked, models = self._listed
        if not models or time.monotonic() - asked > LIST_SECONDS:
            answer = await self.send("GET", "/v1/models")
            try:
                body = json.loads(await self.whole(answer))
                models = [dict(model, id=str(model["id"])) for model in body["data"]]
            except (ValueError, KeyError, TypeError):
                raise self._strange(f"its list of models is none (status {answer.status_code})") from None
            self._listed = (time.monotonic(), models)
        return models

    async def model_named(self, name: str | None) -> str:
        """The server's name for a model of ours; None = this machine's base.

        Raises:
            ServerUnreachable: it does not say what it has.
            UnknownModel: it has no base at all.
        """
        own_base = default_base_model()
        if name is not None and name != own_base:
            return name
        models = await self.models()
        if any(model["id"] == own_base for model in models):
            return own_base
        # vLLM lists adapters with the base they belong to as `parent`.
        first = next((model["id"] for model in models if not model.get("parent")), None)
        if first is None:
            raise UnknownModel(f"The server at {self.url} serves no base model.")
        return str(first)

    async def send(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        """The answer of the server, its body not read yet: read and close it. Raises ServerUnreachable."""
        import httpx

        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        self._client = self._client or httpx.AsyncClient(timeout=timeout, headers=self._headers, trust_env=False)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            if urlsplit(self.url).port == 0:  # raises for one above 65535, which asyncio would meet unprepared
                raise ValueError("there is no port 0")
            request = self._client.build_request(method, self.url + path, content=content, headers=headers)
            with self._interruptible():
                answer = await self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self._strange(f"{type(error).__name__}: {error}".rstrip(": ")) from None
        if answer.status_code in (401, 403):
            await answer.aclose()
            raise self._strange("it refuses the key: set INFERENCE_SERVER_KEY")
        if answer.status_code >= 500:
            excerpt = (await self.whole(answer))[:LONGEST_EXCERPT].decode(errors="replace")
            raise self._strange(f"status {answer.status_code}: {excerpt}")
        return answer

    async def whole(self, answer: httpx.Response) -> bytes:
        """The body. Raises ServerUnreachable when it breaks off."""
        return b"".join([piece async for piece in self.pieces(answer)])

    async def pieces(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        """The body as it comes; leaving ends the request. Raises ServerUnreachable when it breaks off."""
        import httpx

        pieces = answer.aiter_raw()
        try:
            # Piece by piece: whoever reads may wait for each in a task of its own.
            while piece := await self._next(pieces):
                yield piece
        except httpx.HTTPError as error:
            raise self._strange(f"its answer broke off ({type(error).__name__})") from None
        finally:
            await answer.aclose()

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes:
        with self._interruptible():
            return await anext(pieces, b"")

    def end_answers(self) -> None:
        """The service is about to stop: whoever reads an answer is told so; call it from the loop."""
        self._is_closing = True
        for task in self._waiting:
            task.cancel()

    async def close(self) -> None:
        """Let go of every connection."""
        client, self._client = self._client, None
        if client:
            await client.aclose()

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Within, and from then on, `end_answers` raises ServerUnreachable."""
        if self._is_closing:
            raise _stopping()
        task = asyncio.current_task()
        assert task
        self._waiting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if not self._is_closing:
                raise
            raise _stopping() from None
        finally:
            self._waiting.discard(task)

    def _strange(self, why: str) -> ServerUnreachable:
        return ServerUnreachable(f"The inference server at {self.url} (INFERENCE_SERVER_URL) does not answer: {why}.")


def _stopping() -> ServerUnreachable:
    return ServerUnreachable("The service is being stopped: try again once it is back.")


def passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of the server's answer that matter to our client."""
    return {name: headers[name] for name in ("content-type", "retry-after") if name in headers}
