"""How an exported model is asked: what its training says, what lies in the export, and what is made of it there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backend.core.cli import resolve
from backend.core.data.prompts import Template
from backend.core.environment.settings import environment
from backend.core.errors import InvalidInput
from backend.core.export.modelfile import read_modelfile
from backend.core.export.shape import NoShape
from backend.core.params import InferenceParams
from backend.core.storage.files import write_atomically
from backend.engine import loading
from backend.engine.answering.templates import AdapterTemplates, stops_of
from backend.engine.export import template as templates
from backend.engine.export.parity import Side, Trained
from backend.engine.export.sides import Chat, Exported, Ollama
from backend.engine.export.subject import Subject

MODELFILE = "Modelfile"


@dataclass(frozen=True)
class OllamaPlace:
    """Where a Modelfile finds its model.

    Args:
        source: of the whole model or the base.
        adapter: the adapter's file; None = there is none apart.
    """

    source: str
    adapter: str | None = None


@dataclass(frozen=True)
class Asking:
    """How a subject is asked.

    Args:
        trained: how its run laid conversations out.
        chat: how it is asked here.
        stops: tokens that end an answer, by its run's template.
        recorded: whether its run said how it was trained, or the chat's way has to stand for that.
    """

    trained: Trained
    chat: Chat
    stops: frozenset[int]
    recorded: bool

    @property
    def template(self) -> Template:
        """The run's."""
        return self.trained.template

    @property
    def notes(self) -> list[str]:
        """What a person should know, in sentences."""
        return [] if self.recorded else ["Nobody recorded its training: what the chat asks it with stands for that."]


def asking_of(subject: Subject) -> Asking:
    """How a subject is asked on this machine, with its settings. Raises BadModel when it has no tokenizer."""
    tokenizer = loading.load_tokenizer(str(subject.base_folder))
    defaults = resolve(InferenceParams, {}, environment())
    ends = templates.stops_in(subject.base_folder)
    whole = subject.adapter is None
    base = str(subject.folder) if whole else subject.base_name
    form = AdapterTemplates(tokenizer, defaults.prompt_template, base, ends).of(None if whole else subject.folder)
    recorded = subject.trained_template(tokenizer)
    trained = Trained(tokenizer, recorded or form.template, subject.system_prompt)
    chat = Chat(tokenizer, form, defaults.system_prompt)
    return Asking(trained, chat, stops_of(trained.template, tokenizer, ends), recorded is not None)


def write_asking(folder: Path, subject: Subject, asking: Asking, place: OllamaPlace | None) -> list[Side]:
    """Write the tokenizer, the generation config and the Modelfile of an export, and read them again.

    Args:
        place: for the Modelfile; None = none is written.

    Returns:
        Everybody who will ask the model.

    Raises:
        InvalidInput: the template cannot be said in a Modelfile.
    """
    trained = asking.trained
    templates.save_tokenizer(trained.tokenizer, trained.template, trained.system_prompt, folder)
    templates.save_generation(subject.base_folder, asking.stops, folder)
    saved, stops = templates.reloaded(folder)
    sides: list[Side] = [asking.chat, Exported(saved, stops)]
    if place is not None:
        _write_modelfile(folder / MODELFILE, asking, place)
        sides.append(Ollama(saved, read_modelfile((folder / MODELFILE).read_text(encoding="utf-8"))))
    return sides


def _write_modelfile(path: Path, asking: Asking, place: OllamaPlace) -> None:
    trained = asking.trained
    try:
        text = templates.modelfile_of(
            trained.template, trained.system_prompt, trained.tokenizer, asking.stops, place.source, place.adapter
        ).text
    except NoShape as error:
        raise InvalidInput(
            f"The {trained.template.name} template cannot be written for Ollama: {error}. Pass --ollama false to "
            "write the export without a Modelfile.",
            "ollama",
        ) from None
    write_atomically(path, text)
