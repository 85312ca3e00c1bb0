"""An export from a name to a finished folder: prove that it is asked as trained, write, tell how to serve it."""

from __future__ import annotations

import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.export import serving
from backend.core.export.card import CARD_FILE, model_card
from backend.core.params import ExportParams
from backend.core.paths import normalise_path, shown
from backend.core.runs.events import RunReporter
from backend.core.storage.files import sha256_of, write_atomically, write_json
from backend.core.storage.new_folder import new_folder
from backend.core.versions import versions
from backend.engine import loading
from backend.engine.export.asking import Asking, asking_of, write_asking
from backend.engine.export.parity import Parity, check, require_parity
from backend.engine.export.subject import Subject, open_subject
from backend.engine.export.weights import Writer

RECORD = "export.json"


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
    asking = asking_of(subject)
    if params.check:
        with tempfile.TemporaryDirectory(prefix="parity-") as place:
            _, result = _proved(Path(place), subject.name, asking, writer)
        reporter.result(result)
        return result
    writer.require_possible()
    target = normalise_path(params.output_dir or "", Path.cwd())
    with new_folder(target) as partial:
        parity, result = _proved(partial, target.name, asking, writer)
        reporter.progress("writing the weights")
        writer.write(partial, target.name)
        commands = _commands(subject, writer, target)
        record = _record(partial, target.name, writer, asking, parity)
        write_atomically(partial / CARD_FILE, model_card(record))
        write_atomically(partial / serving.SERVING_FILE, serving.serving_page(target.name, commands))
        write_json(partial / RECORD, record)
    saved = f"Saved to {shown(target)}; {serving.SERVING_FILE} there tells how to serve it."
    result |= {"path": shown(target), "commands": dict(commands), "lines": [*result["lines"], saved]}
    reporter.result(result)
    return result


def _proved(folder: Path, name: str, asking: Asking, writer: Writer) -> tuple[Parity, dict[str, Any]]:
    """Whether everybody will ask it as it was trained, and what the job tells of that. Raises FinishedBelow."""
    writer.reporter.progress("comparing how it is asked")
    parity = check(asking.trained, write_asking(folder, writer.subject, asking, writer.place_for_ollama(name)))
    result = {
        "name": writer.subject.name,
        "form": writer.params.form,
        "path": None,
        "parity": parity.as_json(),
        "lines": [*asking.notes, *parity.lines()],
    }
    if not parity.passed:
        writer.reporter.result(result)  # its figures say why
    require_parity(parity, allowed=writer.params.allow_mismatch)
    return parity, result


def _commands(subject: Subject, writer: Writer, target: Path) -> list[tuple[str, str]]:
    """Titles and commands."""
    found: list[tuple[str, str | None]] = []
    if writer.params.form == "adapter":
        base = subject.facts()["base"]["hub_id"] or str(subject.base_folder)
        found.append(("vLLM", serving.vllm_with_adapter(base, target.name, target, subject.largest_rank)))
    if writer.params.form == "merged":
        found.append(("vLLM", serving.vllm_with_model(target.name, target)))
    if writer.place_for_ollama(target.name) is not None:
        found.append(("Ollama", serving.ollama(target.name, target)))
    return [(title, command) for title, command in found if command]


def _record(folder: Path, name: str, writer: Writer, asking: Asking, parity: Parity) -> dict[str, Any]:
    """The content of `export.json`; no path of this machine is in it."""
    return {
        "name": name,
        "form": writer.params.form,
        "exported_from": writer.subject.name,
        **writer.subject.facts(),
        "template": {"name": asking.template.name, "system_prompt": asking.trained.system_prompt},
        "parity": parity.as_json(),
        "versions": versions(),
        "files": {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()},
        "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
