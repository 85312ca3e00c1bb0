"""Answers to many requests at once: rows join the batch when they come and leave it when they are done.

One step reads the prompts of those that join and writes one token for every row (continuous batching, Orca, OSDI '22).
transformers has a manager for that, with one adapter for all; the reasons for a loop of our own are in
docs/benchmarks.md.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch

from backend.core.errors import OutOfMemory, PipelineError
from backend.engine.answering.answers import Request
from backend.engine.answering.lora_stack import LoraStack
from backend.engine.answering.row import Row
from backend.engine.answering.row_cache import RowCache
from backend.engine.answering.sampling import choose
from backend.engine.memory import is_memory_error

logger = logging.getLogger(__name__)

PREFILL_TOKENS = 4096
"""Padded tokens of the prompts read in one step, so that rows being written never wait long."""


@dataclass(frozen=True)
class Room:
    """How much may be in flight.

    Args:
        rows: at most so many.
        tokens: at most so many cells (rows times columns) in the cache.
    """

    rows: int
    tokens: int


class Decoder:
    """The loop. It belongs to one thread.

    Args:
        model: a causal language model without adapters on it.
        tokenizer: its tokenizer.
        stack: the adapters.
        room: what may be in flight at once; less after memory has run out.
        without_gradients: what the model runs in; a model in training must not meet tensors of the inference mode.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        stack: LoraStack,
        room: Room,
        without_gradients: Callable[[], AbstractContextManager[Any]] = torch.inference_mode,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.stack = stack
        self.room = room
        self.without_gradients = without_gradients
        self.waiting: deque[Row] = deque()
        self.rows: list[Row] = []
        self._cache: RowCache | None = None
        self._device: torch.device = model.device

    @property
    def busy(self) -> bool:
        """Whether a step would do anything."""
        return bool(self.waiting or self.rows)

    def submit(self, request: Request) -> Row:
        """Put a request in line."""
        row = Row(request, self.tokenizer, self._device)
        self.waiting.append(row)
        return row

    def run(self, rows: Sequence[Row]) -> Iterator[Row]:
        """Step until all of these are done, each as it ends."""
        left = set(map(id, rows))
        while left:
            for row in self.step():
                if row.ended and id(row) in left:
                    left.remove(id(row))
                    yield row

    def step(self) -> list[Row]:
        """Let in who fits and write a token for every row; returns the rows with news.

        What goes wrong with a row (its adapter is damaged, memory runs out even for it alone) is that row's `error`.
        """
        news = self._drop_cancelled()
        joined = self._admit()
        news += [row for row in joined if row.error]
        joined = [row for row in joined if not row.error]
        try:
            with self.without_gradients():
                if joined:
                    self._read(joined)
                elif self.rows:
                    self._write()
        except (RuntimeError, MemoryError) as error:
            if not is_memory_error(error):
                raise
            return news + self._make_room([*self.rows, *joined])
        news += self.rows
        self._keep([position for position, row in enumerate(self.rows) if not row.ended])
        return news

    def _drop_cancelled(self) -> list[Row]:
        gone = [row for row in (*self.rows, *self.waiting) if row.cancelled]
        if gone:
            for row in gone:
                row.end("cancelled")
            self.waiting = deque(row for row in self.waiting if not row.ended)
            self._keep([position for position, row in enumerate(self.rows) if not row.ended])
        return gone

    def _admit(self) -> list[Row]:
        """Those in line, first come first served, that fit beside the rows there are; their adapters are loaded."""
        joined: list[Row] = []
        while self.waiting and self._fits(self.waiting[0], joined):
            row = self.waiting.popleft()
            joined.append(row)
            try:
                if row.request.adapter is not None:
                    self.stack.load(row.request.adapter)
            except PipelineError as error:
                row.error = error
        return joined

    def _fits(self, row: Row, joined: Sequence[Row]) -> bool:
        """Whether the row fits beside those in flight; alone, every row does."""
        beside = [*self.rows, *joined]
        if not beside:
            return True
        longest = max(len(other.prompt) for other in (*joined, row))
        columns = max(longest, self._cache.length if self._cache else 0)
        cells = (len(beside) + 1) * (columns + max(other.remaining for other in (*beside, row)))
        adapters = {other.request.adapter for other in (*beside, row)} - {None}
        return (
            len(beside) < self.room.rows
            and cells <= self.room.tokens
            and longest * (len(joined) + 1) <= PREFILL_TOKENS
            and len(adapters) <= self.stack.capacity
        )

    def _read(self, joined: Sequence[Row]) -> None:
        """Read the prompts of new rows and write their first tokens; then they are part of the batch."""
        for row in joined:
            row.clock.entered = row.clock.entered or perf_counter()
        prompts = [row.prompt for row in joined]
        longest = max(map(len, prompts))
        cache = RowCache([longest - len(prompt) for prompt in prompts])
        filler = self.tokenizer.pad_token_id
        padded = [[filler] * pad + prompt for pad, prompt in zip(cache.padding, prompts, strict=True)]
        self._wear(joined)
        logits = self._forward(torch.tensor(padded, device=self._device), cache)
        if self._cache is None:
            self._cache = cache
        else:
            self._cache.join(cache)
        self.rows += joined
        self._append(joined, logits)

    def _write(self) -> None:
        """One token for every row."""
        assert self._cache is not None
        self._wear(self.rows)
        last = torch.tensor([[row.tokens[-1]] for row in self.rows], device=self._device)
        self._append(self.rows, self._forward(last, self._cache))

    def _wear(self, rows: Sequence[Row]) -> None:
        in_flight = {row.request.adapter for row in self.rows}
        self.stack.wear([row.request.adapter for row in rows], keep=in_flight)

    def _forward(self, tokens: torch.Tensor, cache: RowCache) -> torch.Tensor:
        """Logits `(rows, vocabulary)` after these tokens `(rows, columns)`."""
        start, end = cache.length, cache.length + tokens.shape[1]
        padding = torch.tensor(cache.padding, device=self._device)[:, None]
        columns = torch.arange(end, device=self._device)[None]
        output = self.model(
            input_ids=tokens,
            attention_mask=(columns >= padding).long() if any(cache.padding) else None,
            position_ids=(columns[:, start:] - padding).clamp(min=0),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1]

    def _append(self, rows: Sequence[Row], logits: torch.Tensor) -> None:
        for row, choice in zip(rows, choose(logits, [row.sampler for row in rows]), strict=True):
            row.append(choice)

    def _keep(self, positions: Sequence[int]) -> None:
        if len(positions) == len(self.rows):
            return
        self.rows = [self.rows[position] for position in positions]
        if not self.rows:
            self._cache = None
        elif self._cache:
            self._cache.keep(positions)

    def _make_room(self, in_flight: Sequence[Row]) -> list[Row]:
        """Half as many in flight from now on: all go back in line and start again with what they have written."""
        self._cache, self.rows = None, []
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        unique = list(dict.fromkeys(in_flight))
        if len(unique) == 1:
            row = unique[0]
            row.error = OutOfMemory(
                f"Memory ran out over one prompt of {len(row.prompt):,} tokens with {row.remaining:,} to write: "
                "shorten it, lower max_new_tokens, or load the model in 4 bit."
            )
            return unique
        self.room = Room(rows=len(unique) // 2, tokens=self.room.tokens)
        logger.warning("Memory ran out with %d answers in flight; going on with %d.", len(unique), self.room.rows)
        self.waiting.extendleft(reversed(unique))
        return []
