"""Answers from a model: one base in memory, any of its adapters, many prompts at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from backend.core.data.prompts import Turn
from backend.core.environment.settings import Settings, load_settings
from backend.core.errors import ContextTooLong, InvalidInput, PipelineError
from backend.core.params import InferenceParams
from backend.core.params.groups import Sampling
from backend.engine import loading
from backend.engine.answering.answers import Answer, Request
from backend.engine.answering.decoder import Decoder
from backend.engine.answering.lora_stack import LoraStack
from backend.engine.answering.room import room_for
from backend.engine.answering.row import Row
from backend.engine.answering.templates import AdapterTemplates
from backend.engine.device import choose_device
from backend.engine.models import ModelReference, resolve_model

__all__ = ["Answer", "AnswerStream", "ModelInference"]

logger = logging.getLogger(__name__)

Adapter = Path | Literal["own"] | None
Tools = Sequence[Mapping[str, Any]] | None


class AnswerStream:
    """An answer while it is written: iterate it for pieces of text, empty ones where a step settles no character.

    Args:
        decoder: what writes it.
        row: the request in flight.
    """

    def __init__(self, decoder: Decoder, row: Row) -> None:
        self._decoder = decoder
        self._row = row

    def __iter__(self) -> Iterator[str]:
        while True:
            text, _ = self._row.take()
            yield text
            if self._row.ended:
                break
            self._decoder.step()
        raise_error(self._row)

    @property
    def answer(self) -> Answer:
        """The whole of it, once the iteration has ended or `close` was called."""
        if self._row.answer is None:
            raise_error(self._row)
            raise RuntimeError("the answer has not ended")
        return self._row.answer

    def close(self) -> None:
        """Stop writing; `answer` is what there is."""
        if not self._row.ended:
            self._row.cancelled = True
            self._decoder.step()


class ModelInference:
    """A base model, loaded once, that answers with or without adapters.

    Args:
        params: which model (`model_path`, `base_model_name`), how to load it, how to sample.
        settings: this machine's folders; None = from the environment.

    Raises:
        BadModel: the model or the adapter cannot be found or loaded.
    """

    def __init__(self, params: InferenceParams | None = None, settings: Settings | None = None) -> None:
        self.params = params or InferenceParams()
        self.settings = settings or load_settings()
        self.reference: ModelReference = resolve_model(self.params, self.settings)
        loading.quiet_libraries()
        location = loading.locate_base(self.reference.base, self.settings, revision=self.params.model_revision)
        self.device = choose_device(self.params)
        self.tokenizer = loading.load_tokenizer(location)
        self.model: Any = loading.load_base(location, self.params, self.device)
        self.model = loading.unpacked_where_it_pays(self.model, self.params.dequantize, self.device)
        ends = self.model.generation_config.eos_token_id
        self.templates = AdapterTemplates(
            self.tokenizer,
            self.params.prompt_template,
            self.reference.base,
            ends if isinstance(ends, list) else [] if ends is None else [ends],
        )
        self.stack = LoraStack(self.model, self.params.max_adapters)
        room = room_for(self.model, self.device, self.params.batch_size, self.params.max_memory_gb)
        self.decoder = Decoder(self.model, self.tokenizer, self.stack, room)
        if self.reference.adapter:
            self.stack.wear([self.reference.adapter])
            self.templates.of(self.reference.adapter)

    @property
    def context(self) -> int:
        """Tokens the model can see, prompt and answer together."""
        return int(getattr(self.model.config.get_text_config(), "max_position_embeddings", 0) or 2**31)

    def generate(
        self,
        prompt: str | Sequence[Turn],
        sampling: Sampling | None = None,
        *,
        adapter: Adapter = "own",
        seed: int | None = None,
    ) -> Answer:
        """One answer. See `answer_all`."""
        return self.generate_batch([prompt], sampling, adapter=adapter, seed=seed)[0]

    def generate_batch(
        self,
        prompts: Sequence[str | Sequence[Turn]],
        sampling: Sampling | None = None,
        *,
        adapter: Adapter | Sequence[Path | None] = "own",
        seed: int | None = None,
    ) -> list[Answer]:
        """Answers in the order of their prompts. See `answer_all`."""
        return [answer for _, answer in sorted(self.answer_all(prompts, sampling, adapter=adapter, seed=seed))]

    def answer_all(
        self,
        prompts: Sequence[str | Sequence[Turn]],
        sampling: Sampling | None = None,
        *,
        adapter: Adapter | Sequence[Path | None] = "own",
        seed: int | None = None,
        seeds: Sequence[int] | None = None,
        tools: Sequence[Tools] | None = None,
    ) -> Iterator[tuple[int, Answer]]:
        """Answers with the positions of their prompts, as they end.

        Args:
            prompts: questions or conversations.
            sampling: how to choose tokens; None = as the model was opened.
            adapter: folder of the adapter to answer with, `own` for the one the model was opened with, None for
                the bare base, or one of those for each prompt.
            seed: seed of the first prompt, the next one's is one more; None = as the model was opened.
            seeds: one for each prompt instead.
            tools: functions the assistant may call, for each prompt.

        Raises:
            InvalidInput: a prompt does not fit the context or the template; nothing was generated.
            BadModel: an adapter is damaged or belongs to another base.
        """
        first = self.params.seed if seed is None else seed
        requests = []
        for position, prompt in enumerate(prompts):
            worn = adapter[position] if isinstance(adapter, Sequence) and adapter != "own" else adapter
            number = first + position if seeds is None else seeds[position]
            try:
                offered = tools[position] if tools is not None else None
                requests.append(self.request(prompt, sampling, adapter=worn, seed=number, tools=offered))
            except InvalidInput as error:
                where = f"Prompt {position}: " if len(prompts) > 1 else ""
                raise type(error)(f"{where}{error}", error.field) from error
        # The longest first: neighbours in line are then of a length, and the last ones to finish are short.
        order = sorted(range(len(requests)), key=lambda position: -len(requests[position].tokens))
        rows = {id(row): (position, row) for position in order for row in [self.decoder.submit(requests[position])]}
        try:
            for row in self.decoder.run([row for _, row in rows.values()]):
                raise_error(row)
                assert row.answer
                yield rows[id(row)][0], row.answer
        finally:
            for _, row in rows.values():
                row.cancelled = not row.ended

    def stream(
        self,
        prompt: str | Sequence[Turn],
        sampling: Sampling | None = None,
        *,
        adapter: Adapter = "own",
        seed: int | None = None,
    ) -> AnswerStream:
        """One answer, piece by piece. See `answer_all`."""
        number = self.params.seed if seed is None else seed
        request = self.request(prompt, sampling, adapter=adapter, seed=number)
        return AnswerStream(self.decoder, self.decoder.submit(request))

    def request(
        self,
        prompt: str | Sequence[Turn],
        sampling: Sampling | None = None,
        *,
        adapter: Adapter = "own",
        seed: int = 0,
        logprobs: int | None = None,
        tools: Tools = None,
    ) -> Request:
        """What the decoder is asked for a question or a conversation. Raises as `answer_all`."""
        folder = self.reference.adapter if adapter == "own" else adapter
        form = self.templates.of(folder)
        messages = form.messages(prompt, self.params.system_prompt)
        require_question(messages)
        tokens = form.tokens(messages, self.tokenizer, tools)
        return Request(
            tokens=tokens,
            sampling=self._within_context(tokens, sampling or self.params),
            stops=form.stops,
            adapter=folder,
            seed=seed,
            logprobs=logprobs,
        )

    def continuation(
        self, text: str, sampling: Sampling, *, adapter: Path | None, seed: int, logprobs: int | None
    ) -> Request:
        """What the decoder is asked for a text to be continued as it stands, without a template."""
        tokens = self.tokenizer(text)["input_ids"] or [self.templates.first_token]
        return Request(
            tokens=tokens,
            sampling=self._within_context(tokens, sampling),
            stops=self.templates.ends,
            adapter=adapter,
            seed=seed,
            logprobs=logprobs,
            trim=False,
        )

    def _within_context(self, tokens: Sequence[int], sampling: Sampling) -> Sampling:
        """The sampling with as many new tokens as fit. Raises InvalidInput when the prompt alone fills the context."""
        left = self.context - len(tokens)
        if left < 1:
            raise ContextTooLong(
                f"The prompt has {len(tokens):,} tokens, the model's context {self.context:,}: shorten the prompt, or "
                "start the conversation anew.",
                "messages",
            )
        if sampling.max_new_tokens <= left:
            return sampling
        return sampling.model_copy(update={"max_new_tokens": left})


def raise_error(row: Row) -> None:
    """Raise what ended the row, if anything did."""
    if isinstance(row.error, PipelineError):
        raise row.error


def require_question(messages: Sequence[Turn]) -> None:
    """Raises InvalidInput when the conversation does not end with something to answer."""
    if messages[-1]["role"] == "assistant":
        raise InvalidInput("The conversation ends with the assistant: add the user's turn.", "messages")
