"""A run's dealings with a language model service, from the lock on its folder to the last line of its journal.

    with LLMSession(params, settings, folder, model="gpt-4o-mini", phase="judging", total=200) as session:
        session.run(source)
        print(session.totals)

The folder receives `attempts.jsonl` (every request), `journal.jsonl` (every finished question, what a resumed run goes
by) and `state.json` (live progress). Opened again on the same folder it goes on: nothing answered is asked twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import PipelineError, Stopped
from backend.core.llm.access import access_for
from backend.core.llm.asking import Ask, Reply
from backend.core.llm.budget import Budget
from backend.core.llm.gate import Gate
from backend.core.llm.holding import held
from backend.core.llm.journal import Journal
from backend.core.llm.kit import Kit, Source
from backend.core.llm.ladder import Ladder
from backend.core.llm.ledger import Ledger
from backend.core.llm.mock import MockService
from backend.core.llm.pool import Pool
from backend.core.llm.prices import price_for, read_prices
from backend.core.llm.progress import Progress, read_state
from backend.core.llm.service import OpenAIService, Service
from backend.core.llm.signals import signals_cancel
from backend.core.llm.stops import Cancelled
from backend.core.llm.totals import Totals
from backend.core.params.llm import LLMParams
from backend.core.paths import normalise_path, shown
from backend.core.storage.files import explained_errors

logger = logging.getLogger(__name__)


class LLMSession:
    """Asks questions and keeps every answer; a context.

    Args:
        params: how to reach the service, and the limits.
        settings: address and key when the parameters name none; test mode implies mock.
        folder: of the run; made when absent.
        model: that answers, unless a question names its own.
        phase: what is being done, in a word or two, for people.
        total: how many questions there will be; None = not known.
        on_progress: receives the content of `state.json` whenever it is written, about once a second; what it returns
            takes the place of parts of it (`done` and `total`, say, for a run that does not count in questions).

    Raises (on entering, before anything is sent):
        InvalidInput: no key for a server elsewhere, no address, no price for a `max_cost`, no prices file.
        MissingDependency: no `openai` package.
        Conflict: another process works on the folder, or its answers are mock ones and these are not.
        NoRoom: the disk is full.
    """

    def __init__(
        self,
        params: LLMParams,
        settings: Settings,
        folder: Path,
        *,
        model: str,
        phase: str,
        total: int | None,
        on_progress: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | None = None,
    ) -> None:
        self.params = params
        self.folder = folder
        self.model = model
        self.mock = params.mock or settings.pipeline_test_mode
        self.totals = Totals(concurrency=params.concurrency, mock=self.mock, cost=None if self.mock else 0.0)
        self._settings = settings
        self._ladders: dict[str, Ladder] = {}
        self._progress = Progress(folder / "state.json", self.totals, self._ladders, on_progress)
        self._first_phase = (phase, total)
        self._stack = contextlib.ExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: Pool | None = None
        self._thread = 0
        self._halted: PipelineError | None = None

    def __enter__(self) -> LLMSession:
        with contextlib.ExitStack() as stack:
            prices = read_prices(normalise_path(self.params.prices_file))
            price_for(prices, self.model, self.params, self.mock)
            service = self._service()
            self._loop = asyncio.new_event_loop()
            stack.callback(self._close_loop, service)
            with explained_errors(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(self.folder))
            journal = Journal(self.folder / "journal.jsonl", self.mock)
            stack.callback(journal.close)
            ledger = Ledger(self.folder / "attempts.jsonl", self.totals)
            stack.callback(ledger.close)
            self._take_over(read_state(self.folder / "state.json"))
            self._kit = Kit(
                self.params, self.model, service, self._gate(), self._budget(), prices, journal, ledger,
                self._progress, self._ladders, self._new_ladder,
            )  # fmt: skip
            self._progress.begin(*self._first_phase)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.status, self._progress.message = _end(error or self._halted)
        self._progress.in_flight = 0
        try:
            with contextlib.suppress(PipelineError, OSError) if error else contextlib.nullcontext():
                self._progress.write()
        finally:
            self._stack.close()

    # --- asking -----------------------------------------------------------------------------------------------------

    def run(self, source: Source) -> None:
        """Answer everything the source asks; blocks until nothing is left.

        Raises:
            Stopped: the service cannot go on, a budget is reached, or the disk is full; exit code 4, resumable.
            Cancelled: a signal or `cancel`; exit code 130, resumable too.
            InvalidInput: a question names a model without a price while `max_cost` is set.
        """
        assert self._loop is not None, "the session is open inside its context"
        self.totals.started()
        try:
            self._loop.run_until_complete(self._answer(source))
        except PipelineError as error:
            self._halted = error  # whoever catches it inside the session did not finish all the same
            raise
        finally:
            self._pool = None
            self.totals.ended()

    def ask_all(self, asks: Sequence[Ask]) -> list[Reply]:
        """The replies to these questions, in their order."""
        source = _Listed(asks)
        self.run(source)
        return [source.replies[id(ask)] for ask in asks]

    def begin(self, phase: str, total: int | None) -> None:
        """Go over to another phase of the run; its progress counts from nothing."""
        self._progress.begin(phase, total)

    def cancel(self) -> None:
        """End `run` soon, from any thread."""
        loop, pool = self._loop, self._pool
        if loop is None or pool is None:
            return
        if threading.get_ident() == self._thread:
            pool.cancel()  # by the source itself: nothing more leaves
        else:
            loop.call_soon_threadsafe(pool.cancel)

    async def _answer(self, source: Source) -> None:
        self._pool, self._thread = Pool(self._kit, source), threading.get_ident()
        with signals_cancel(asyncio.get_running_loop(), self._pool.cancel):
            await self._pool.run()

    # --- opening ----------------------------------------------------------------------------------------------------

    def _service(self) -> Service:
        if self.mock:
            logger.warning("MOCK: every answer of this run is made up.")
            return MockService()
        access = access_for(self.params, self._settings)
        self._progress.host = access.host
        return OpenAIService(access)

    def _gate(self) -> Gate:
        return Gate(self.params.concurrency, self.params.requests_per_minute, self.params.tokens_per_minute)

    def _budget(self) -> Budget:
        return Budget(self.params.max_calls, self.params.max_cost, self.totals.requests, self.totals.cost_at_worst)

    def _new_ladder(self) -> Ladder:
        given = self.params.structured_output
        return Ladder() if given == "auto" else Ladder(rung=given)

    def _take_over(self, state: Mapping[str, Any]) -> None:
        """What an earlier sitting knew about the service, and how long it took."""
        try:
            if state.get("host") == self._progress.host:
                self._ladders.update(
                    {str(model): Ladder.from_json(kept) for model, kept in state.get("service", {}).items()}
                )
            self.totals.ladder = [step for ladder in self._ladders.values() for step in ladder.steps]
            self.totals.dropped = sorted({name for ladder in self._ladders.values() for name in ladder.dropped})
            self.totals.wall_before_s = float(state.get("totals", {}).get("wall_s", 0.0))
        except (KeyError, TypeError, ValueError, AttributeError):
            logger.warning("%s cannot be read: what the service wants is found out anew.", shown(self._progress.path))

    def _close_loop(self, service: Service) -> None:
        assert self._loop is not None
        self._loop.run_until_complete(service.close())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
        self._loop = None


class _Listed:
    """A source of a fixed list."""

    def __init__(self, asks: Sequence[Ask]) -> None:
        self._left = iter(asks)
        self.replies: dict[int, Reply] = {}

    def next(self) -> Ask | None:
        return next(self._left, None)

    def done(self, reply: Reply) -> None:
        self.replies[id(reply.ask)] = reply


def _end(error: BaseException | None) -> tuple[str, str]:
    if error is None:
        return "finished", ""
    if isinstance(error, Cancelled | KeyboardInterrupt):
        return "cancelled", str(error)
    return ("stopped" if isinstance(error, Stopped) else "failed"), str(error)
