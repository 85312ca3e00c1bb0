"""An export from a name to a finished folder: prove that it is asked as trained, write, tell how to serve it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.core.cli import resolve
from backend.core.data.prompts import Template
from backend.core.environment.settings import Settings, environment
from backend.core.errors import InvalidInput
from backend.core.export import serving
from backend.core.export.card import CARD_FILE, model_card
from backend.core.export.modelfile import Modelfile, read_modelfile
from backend.core.export.shape import NoShape
from backend.core.params import ExportParams, InferenceParams
from backend.core.paths import normalise_path, shown
from backend.core.runs.events import RunReporter
from backend.core.storage.files import partial_of, publish, require_new, sha256_of, write_atomically, write_json
from backend.core.storage.hold import Hold
from backend.core.versions import versions
from backend.engine import loading
from backend.engine.answering.templates import AdapterTemplates, ChatForm
from backend.engine.export import template as templates
from backend.engine.export.parity import Parity, Side, Trained, check, require_parity
from backend.engine.export.sides import Chat, Exported, Ollama
from backend.engine.export.subject import Subject, open_subject
from backend.engine.export.weights import Writer

RECORD = "export.json"
MODELFILE = "Modelfile"
HAS_MODELFILE = ("merged", "gguf", "gguf_adapter")


@dataclass(frozen=True)
class Asking:
    """How the subject is asked.

    Args:
        tokenizer: of its base.
        trained: how its run laid conversations out.
        form: how the chat asks it.
        recorded: whether the run said so, or the chat's way has to stand for it.
    """

    tokenizer: Any
    trained: Trained
    form: ChatForm
    recorded: bool

    @property
    def template(self) -> Template:
        """The run's."""
        return self.trained.template


def export(params: ExportParams, settings: Settings, reporter: RunReporter) -> dict[str, Any]:
    """Write an export, or only check it; returns the result for the job and for people.

    Raises:
        BadModel, MissingDependency: it cannot be written in this form; nothing was.
        FinishedBelow: it would be asked otherwise than it was trained; nothing was written.
        Conflict: the folder exists.
    """
    reporter.progress("opening the model")
    loading.quiet_libraries()
    subject = open_subject(params, settings)
    writer = Writer(params, settings, subject, reporter)
    asking = _asking(subject)
    if params.check:
        with tempfile.TemporaryDirectory(prefix="parity-") as place:
            parity, notes = _checked(Path(place), "check", subject, asking, params, writer, reporter)
            result = {**_result(subject, params, parity, notes), "path": None}
            reporter.result(result)  # its figures say why
            require_parity(parity, allowed=params.allow_mismatch)
            return result
    writer.require_possible()
    target = normalise_path(params.output_dir or "", Path.cwd())
    with _new_folder(target) as partial:
        parity, notes = _checked(partial, target.name, subject, asking, params, writer, reporter)
        if not parity.passed:
            reporter.result({**_result(subject, params, parity, notes), "path": None})
        require_parity(parity, allowed=params.allow_mismatch)
        reporter.progress("writing the weights")
        writer.write(partial, target.name)
        commands = _commands(subject, params, target)
        record = _record(partial, target.name, subject, asking, params, parity)
        write_atomically(partial / CARD_FILE, model_card(record))
        write_atomically(partial / serving.SERVING_FILE, serving.serving_page(target.name, commands))
        write_json(partial / RECORD, record)
    result = {**_result(subject, params, parity, notes), "path": shown(target), "commands": dict(commands)}
    result["lines"] = [
        *result["lines"],
        f"Saved to {shown(target)}; {serving.SERVING_FILE} there tells how to serve it.",
    ]
    reporter.result(result)
    return result


def _asking(subject: Subject) -> Asking:
    tokenizer = loading.load_tokenizer(str(subject.base_folder))
    chat = resolve(InferenceParams, {}, environment())
    base = str(subject.folder) if subject.adapter is None else subject.base_name
    forms = AdapterTemplates(tokenizer, chat.prompt_template, base, templates.stops_in(subject.base_folder))
    form = forms.of(subject.folder if subject.adapter is not None else None)
    recorded = subject.trained_template(tokenizer)
    trained = Trained(tokenizer, recorded or form.template, subject.system_prompt)
    return Asking(tokenizer, trained, form, recorded is not None)


def _checked(
    folder: Path,
    name: str,
    subject: Subject,
    asking: Asking,
    params: ExportParams,
    writer: Writer,
    reporter: RunReporter,
) -> tuple[Parity, list[str]]:
    """Tokenizer, generation config and Modelfile of the export, written, read again and compared with the training."""
    reporter.progress("comparing how it is asked")
    notes = [] if asking.recorded else ["Nobody recorded its training: what the chat asks it with stands for that."]
    templates.save_tokenizer(asking.tokenizer, asking.template, subject.system_prompt, folder)
    templates.save_generation(subject.base_folder, asking.form.stops, folder)
    saved, stops = templates.reloaded(folder)
    chat = resolve(InferenceParams, {}, environment())
    sides: list[Side] = [Chat(asking.tokenizer, asking.form, chat.system_prompt), Exported(saved, stops)]
    if params.ollama and params.form in HAS_MODELFILE:
        try:
            modelfile = _modelfile(name, subject, asking, params, writer)
            write_atomically(folder / MODELFILE, modelfile.text)
        except NoShape as error:
            raise InvalidInput(
                f"The {asking.template.name} template cannot be written for Ollama: {error}. Pass --ollama false to "
                "write the export without a Modelfile.",
                "ollama",
            ) from None
        written = (folder / MODELFILE).read_text(encoding="utf-8")
        sides.append(Ollama(saved, read_modelfile(written)))
    return check(asking.trained, sides), notes


def _modelfile(name: str, subject: Subject, asking: Asking, params: ExportParams, writer: Writer) -> Modelfile:
    source, adapter = ".", None
    if params.form == "gguf":
        source = f"./{writer.file_of(name)}"
    elif params.form == "gguf_adapter":
        source, adapter = params.ollama_base or str(subject.base_folder), f"./{writer.file_of(name)}"
    return templates.modelfile_of(
        asking.template, subject.system_prompt, asking.tokenizer, asking.form.stops, source, adapter
    )


def _commands(subject: Subject, params: ExportParams, target: Path) -> list[tuple[str, str]]:
    """Titles and commands."""
    found: list[tuple[str, str | None]] = []
    if params.form == "adapter":
        base = subject.facts()["base"]["hub_id"] or str(subject.base_folder)
        found.append(("vLLM", serving.vllm_with_adapter(base, target.name, target, subject.largest_rank)))
    if params.form == "merged":
        found.append(("vLLM", serving.vllm_with_model(target.name, target)))
    if params.ollama and params.form in HAS_MODELFILE:
        found.append(("Ollama", serving.ollama(target.name, target)))
    return [(title, command) for title, command in found if command]


def _record(
    folder: Path, name: str, subject: Subject, asking: Asking, params: ExportParams, parity: Parity
) -> dict[str, Any]:
    """The content of `export.json`; no path of this machine is in it."""
    return {
        "name": name,
        "form": params.form,
        "exported_from": subject.name,
        **subject.facts(),
        "template": {"name": asking.template.name, "system_prompt": subject.system_prompt},
        "parity": parity.as_json(),
        "versions": versions(),
        "files": {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()},
        "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def _result(subject: Subject, params: ExportParams, parity: Parity, notes: list[str]) -> dict[str, Any]:
    return {
        "name": subject.name,
        "form": params.form,
        "parity": parity.as_json(),
        "lines": [*notes, *parity.lines()],
    }


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder that gets its name when the block ends well, and is gone when it does not."""
    require_new(target)
    hold = Hold(target)
    hold.take(f"Something else is writing {shown(target)}: choose another name.")
    partial = partial_of(target)
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        publish(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        hold.release()
