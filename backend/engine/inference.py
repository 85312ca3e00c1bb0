"""Answers from a model: one base in memory, adapters put on and taken off it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import GenerationConfig, set_seed

from backend.core.errors import InvalidInput
from backend.core.params import InferenceParams
from backend.core.params.groups import Sampling
from backend.core.prompts import Template, Turn, as_messages, choose_template, format_prompt, named_template
from backend.core.settings import Settings, load_settings
from backend.engine import loading
from backend.engine.device import choose_device
from backend.engine.models import ModelReference, read_run, resolve_model


@dataclass(frozen=True)
class Answer:
    """What a model said.

    Args:
        text: the answer without special tokens.
        prompt_tokens, completion_tokens: tokens read and written.
        finish_reason: `stop` when the model ended its turn, `length` when `max_new_tokens` cut it off.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: Literal["stop", "length"]


class ModelInference:
    """A base model, loaded once, that answers with or without an adapter.

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
        location = loading.locate_base(self.reference.base, self.settings)
        self.device = choose_device(self.params)
        self.tokenizer = loading.load_tokenizer(location, self.params.model_revision)
        self.tokenizer.padding_side = "left"
        self.model: Any = loading.load_base(location, self.params, self.params, self.device)
        self._adapters: dict[Path, str] = {}
        self.template = self._template(self.reference.adapter)
        if self.reference.adapter:
            self._put_on(self.reference.adapter)

    def generate(
        self,
        prompt: str | Sequence[Turn],
        sampling: Sampling | None = None,
        *,
        adapter: Path | Literal["own"] | None = "own",
        seed: int | None = None,
    ) -> Answer:
        """One answer. See `generate_batch`."""
        return self.generate_batch([prompt], sampling, adapter=adapter, seed=seed)[0]

    def generate_batch(
        self,
        prompts: Sequence[str | Sequence[Turn]],
        sampling: Sampling | None = None,
        *,
        adapter: Path | Literal["own"] | None = "own",
        seed: int | None = None,
    ) -> list[Answer]:
        """Answers to several prompts at once.

        Args:
            prompts: questions or conversations.
            sampling: how to choose tokens; None = as the model was opened.
            adapter: folder of the adapter to answer with, `own` for the one the model was opened with, None for
                the bare base.
            seed: seed of sampling; None = as the model was opened.
        """
        sampling = sampling or self.params
        folder = self.reference.adapter if adapter == "own" else adapter
        template = self.template if adapter == "own" else self._template(folder)
        texts = [format_prompt(as_messages(prompt, self.params.system_prompt), template) for prompt in prompts]
        inputs = self.tokenizer(texts, add_special_tokens=False, padding=True, return_tensors="pt").to(
            self.device.kind
        )
        set_seed(self.params.seed if seed is None else seed)
        stops = self._stop_tokens(template)
        with torch.inference_mode(), self._wearing(folder):
            output = self.model.generate(**inputs, generation_config=self._config(sampling, stops))
        start = inputs["input_ids"].shape[1]
        read = inputs["attention_mask"].sum(dim=1).tolist()
        return [self._answer(row[start:].tolist(), int(count), stops) for row, count in zip(output, read, strict=True)]

    def _answer(self, tokens: list[int], prompt_tokens: int, stops: list[int]) -> Answer:
        end = next((position for position, token in enumerate(tokens) if token in stops), None)
        kept = tokens if end is None else tokens[:end]
        text = self.tokenizer.decode(kept, skip_special_tokens=True).strip()
        written = len(kept) + (end is not None)
        return Answer(text, prompt_tokens, written, "length" if end is None else "stop")

    def _config(self, sampling: Sampling, stops: list[int]) -> GenerationConfig:
        common = {
            "max_new_tokens": sampling.max_new_tokens,
            "repetition_penalty": sampling.repetition_penalty,
            "eos_token_id": stops,
            "pad_token_id": self.tokenizer.pad_token_id,
        }
        if sampling.temperature == 0:
            return GenerationConfig(do_sample=False, **common)
        return GenerationConfig(
            do_sample=True,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            **common,
        )

    def _stop_tokens(self, template: Template) -> list[int]:
        """The tokenizer's end, and the template's end of turn where that is another token."""
        probe = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "‖"}]
        mark = template.render(probe).rpartition("‖")[2].strip()
        found = {self.tokenizer.eos_token_id}
        if mark:
            ids = self.tokenizer.encode(mark, add_special_tokens=False)
            found |= set(ids) if len(ids) == 1 else set()
        return sorted(token for token in found if token is not None)

    def _template(self, adapter: Path | None) -> Template:
        """What the adapter was trained with; else as asked; else the tokenizer's own."""
        tokens = {"bos_token": self.tokenizer.bos_token or "", "eos_token": self.tokenizer.eos_token or ""}
        if self.params.prompt_template != "auto":
            return named_template(self.params.prompt_template, **tokens)
        trained = read_run(adapter).get("template") if adapter else None
        if isinstance(trained, dict) and isinstance(trained.get("source"), str):
            return Template(str(trained.get("name")), trained["source"], **tokens)
        own = self.tokenizer.chat_template if isinstance(self.tokenizer.chat_template, str) else None
        return choose_template("auto", own, [], **tokens)[0]

    def _put_on(self, folder: Path) -> None:
        """Load the adapter unless it is there, and make it the active one."""
        if folder not in self._adapters:
            name = f"adapter{len(self._adapters)}"
            if self._adapters:
                loading.require_adapter(folder)
                self.model.load_adapter(str(folder), adapter_name=name)
            else:
                self.model = loading.load_adapter(self.model, folder, name=name)
            self._adapters[folder] = name
        self.model.set_adapter(self._adapters[folder])
        self.model.eval()

    def _wearing(self, folder: Path | None) -> Any:
        """A context in which the model answers with this adapter, or with none."""
        if folder is not None:
            self._put_on(folder)
            return nullcontext()
        return self.model.disable_adapter() if self._adapters else nullcontext()


def require_question(messages: Sequence[Turn]) -> None:
    """Raises InvalidInput when the conversation does not end with something to answer."""
    if messages[-1]["role"] == "assistant":
        raise InvalidInput("The conversation ends with the assistant: add the user's turn.", "messages")
