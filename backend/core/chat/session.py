"""A conversation with a model: what was said, who answers and how, and the commands that change it.

Nothing here knows a terminal or torch; `backend.core.chat.terminal` talks to the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol

from pydantic import ValidationError

from backend.core.data.appending import append_exchange
from backend.core.data.prompts import Turn
from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput, NotFound
from backend.core.params.groups import Sampling
from backend.core.paths import normalise_path, shown
from backend.core.registry import AdapterRegistry

SAVED_CHATS = "saved_chats.json"
NONE = "none"

Adapter = Path | Literal["own"] | None


class Timing(Protocol):
    """Seconds since the question."""

    @property
    def first_token_seconds(self) -> float: ...
    @property
    def total_seconds(self) -> float: ...


class Answer(Protocol):
    """What a model said."""

    @property
    def text(self) -> str: ...
    @property
    def completion_tokens(self) -> int: ...
    @property
    def finish_reason(self) -> str: ...
    @property
    def timing(self) -> Timing: ...


class Stream(Protocol):
    """An answer while it is written."""

    def __iter__(self) -> Iterator[str]: ...
    def close(self) -> None:
        """Stop writing."""

    @property
    def answer(self) -> Answer:
        """The whole of it, after the end."""


class Model(Protocol):
    """Who answers: `backend.engine.inference.ModelInference`."""

    def stream(
        self,
        prompt: Sequence[Turn],
        sampling: Sampling | None = None,
        *,
        adapter: Adapter = "own",
        seed: int | None = None,
    ) -> Stream: ...


class Leave(Exception):
    """The person wants to go."""


class ChatSession:
    """One conversation.

    Args:
        model: who answers; opened without a system prompt, since the session has its own.
        settings: this machine's folders.
        base: the base model's name, for people.
        name: name of what the model was opened with.
        sampling: how answers are chosen.
        system: what stands before the conversation.
        seed: of the first answer; each later one has one more.
    """

    def __init__(
        self,
        model: Model,
        settings: Settings,
        *,
        base: str,
        name: str,
        sampling: Sampling,
        system: str | None = None,
        seed: int = 42,
    ) -> None:
        self.settings, self.base, self.name = settings, base, name
        self.sampling, self.system = sampling, system
        self.messages: list[dict[str, str]] = []
        self.adapter: Adapter = "own"
        self._model, self._seed, self._asked = model, seed, 0
        self._answered_by: tuple[Adapter, str] = ("own", name)
        self._stopped = False

    @property
    def conversation(self) -> list[dict[str, str]]:
        """Everything said, the system prompt first."""
        return [*([{"role": "system", "content": self.system}] if self.system else []), *self.messages]

    def ask(self, question: str) -> Stream:
        """Begin an answer; it counts as said once `remember` was told of it. Raises PipelineError."""
        prompt = [*self.conversation, {"role": "user", "content": question}]
        stream = self._model.stream(prompt, self.sampling, adapter=self.adapter, seed=self._seed + self._asked)
        self._asked += 1
        return stream

    def remember(self, question: str, answer: Answer) -> None:
        """Make the exchange part of the conversation, unless nothing was answered."""
        self._answered_by = (self.adapter, self.name)
        if answer.text.strip():
            self._stopped = answer.finish_reason == "cancelled"
            self.messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]

    def take_back_adapter(self) -> str | None:
        """Return to who answered last, when the present adapter turned out not to work; says so, or None."""
        if (self.adapter, self.name) == self._answered_by:
            return None
        self.adapter, self.name = self._answered_by
        return f"{self.name} answers again."

    def command(self, line: str) -> str:
        """Obey a line that begins with a slash.

        Returns:
            what to tell the person.

        Raises:
            Leave: `/quit`.
            PipelineError: the command is unknown, or cannot be done.
        """
        name, _, rest = line[1:].partition(" ")
        command = COMMANDS.get(name.strip().lower())
        if command is None:
            raise InvalidInput(
                f"There is no command /{name.strip()}: known are {', '.join(f'/{n}' for n in COMMANDS)}."
            )
        return command[2](self, rest.strip())

    def _help(self, _: str) -> str:
        usages = [(f"/{name} {words}".strip(), told) for name, (words, told, _) in COMMANDS.items()]
        return "\n".join([*(f"{usage:<22}{told}" for usage, told in usages), TYPING])

    def _set_system(self, text: str) -> str:
        if not text:
            return f"System prompt: {self.system}" if self.system else "There is no system prompt."
        self.system = None if text.lower() == NONE else text
        return "System prompt set." if self.system else "The system prompt is gone."

    def _set_adapter(self, given: str) -> str:
        if not given:
            known = ", ".join(sorted(adapter.name for adapter in self._registry.read().adapters))
            return f"{self.name} answers. Adapters of the registry: {known or NONE}."
        if given.lower() == NONE:
            self.adapter, self.name = None, self.base
        else:
            self.adapter, self.name = self._adapter_folder(given), given.rstrip("/").rpartition("/")[2]
        return f"{self.name} answers from here on."

    def _adapter_folder(self, given: str) -> Path:
        """As `--model_path` finds it: a folder, a name of the registry, a name in the models folder."""

        def is_adapter(folder: Path) -> bool:
            return (folder / "adapter_config.json").is_file()

        typed = normalise_path(given, Path.cwd())
        if is_adapter(typed):
            return typed
        try:
            return normalise_path(self._registry.find(given).path)
        except NotFound:
            named = self.settings.model_output_dir / given
            if is_adapter(named):
                return named
            raise

    @property
    def _registry(self) -> AdapterRegistry:
        return AdapterRegistry(self.settings.adapter_config_path)

    def _set_temperature(self, given: str) -> str:
        if given:
            try:
                self.sampling = Sampling.model_validate({**self.sampling.model_dump(), "temperature": given})
            except ValidationError as error:
                raise InvalidInput(f"/temperature {given}: {error.errors()[0]['msg']}.", "temperature") from None
        greedy = ": always the likeliest token" if self.sampling.temperature == 0 else ""
        return f"Temperature {self.sampling.temperature:g}{greedy}."

    def _save(self, given: str) -> str:
        if not self.messages:
            raise InvalidInput("There is nothing to save yet: ask something first.")
        path = normalise_path(given, Path.cwd()) if given else self.settings.data_dir / SAVED_CHATS
        count = append_exchange(path, self.conversation)
        stopped = " Its last answer was stopped before the end." if self._stopped else ""
        return f"Saved as record {count:,} of {shown(path)}.{stopped}"

    def _clear(self, _: str) -> str:
        self.messages = []
        return "The conversation is forgotten."

    def _quit(self, _: str) -> str:
        raise Leave


TYPING = (
    'A line that ends with a backslash goes on in the next one; """ begins a text of several lines and ends it.\n'
    "A space before a slash makes it a question. Ctrl-C stops an answer; Ctrl-D leaves."
)

COMMANDS: dict[str, tuple[str, str, Callable[[ChatSession, str], str]]] = {
    "help": ("", "this list", ChatSession._help),
    "system": ("[TEXT|none]", "show, set or remove the system prompt", ChatSession._set_system),
    "adapter": ("[NAME|none]", "show or choose who answers; none = the bare base", ChatSession._set_adapter),
    "temperature": ("[X]", "show or set the randomness; 0 = none", ChatSession._set_temperature),
    "save": ("[FILE]", f"add the conversation to a dataset file, {SAVED_CHATS} unless named", ChatSession._save),
    "clear": ("", "forget the conversation", ChatSession._clear),
    "quit": ("", "leave", ChatSession._quit),
}  # fmt: skip
"""By name: its argument, what it does, and how."""
