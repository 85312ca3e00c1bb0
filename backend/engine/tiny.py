"""The built-in base model `tiny`: a real Qwen2 of two million parameters, made on this machine in about a minute.

python -m backend.engine.tiny [FOLDER]

It knows the physics facts as prose and has met the chat format only in dictation, so it cannot answer a question:
fine-tuning on `data/physics_qa.json` is what teaches it to. The same seed on the same machine gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from backend.core.data.prompts import named_template
from backend.core.environment.settings import load_settings
from backend.core.paths import shown
from backend.core.physics import samples
from backend.core.process import guarded
from backend.core.storage.files import explained, partial_of, publish, remove_folder, write_json
from backend.engine import pretraining
from backend.engine.pretraining import OnStep, Recipe
from backend.engine.progress import ProgressLine

logger = logging.getLogger(__name__)

SEED = 42
STAMP_FILE = "tiny.json"

GENERAL = (
    "A user writes a line, and the assistant writes a line back.",
    "The assistant reads what the user wrote.",
    "Nobody knows who wrote the book, what it says, which shelf it stands on, or whose name is in it.",
    "Tell me when you read it, and name the page on which you stopped.",
    "How much of it is true, and by whom it was told, does not matter.",
    "Write it down, in whatever words you like.",
)
"""Sentences without physics, for the everyday words that the facts lack."""


def build_tiny(
    folder: Path, *, seed: int = SEED, progress: OnStep | None = None, recipe: Recipe | None = None
) -> Path:
    """Train the model and save it as an ordinary model folder.

    Args:
        folder: a folder that does not exist or is empty.
        seed: of everything random.
        progress: called after each step with (step, all steps, loss); None = tell the person at the terminal.
        recipe: another shape or length, for tests.

    Returns:
        The folder.
    """
    recipe = recipe or Recipe()
    sentences = [*samples.statements(), *GENERAL]
    # The caller's own random numbers go on as if nothing had happened.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tokenizer = pretraining.train_tokenizer(sentences, recipe)
        model = pretraining.fresh_model(recipe, tokenizer)
        pretraining.pretrain(model, tokenizer, sentences, recipe, seed, progress or _Told())
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    write_json(folder / STAMP_FILE, {"stamp": _stamp(seed, recipe), "seed": seed})
    return folder


def ensure_tiny(
    folder: Path, *, seed: int = SEED, progress: OnStep | None = None, recipe: Recipe | None = None
) -> Path:
    """The folder of the model, built first if it is missing or of an older recipe.

    Two processes never build at once: the second waits and takes what the first has made.

    Raises:
        DiskFull: no room to save it.
        InvalidInput: no permission to write there.
    """
    stamp = _stamp(seed, recipe or Recipe())
    if _stamp_of(folder) == stamp:
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _only_builder(folder):
            if _stamp_of(folder) != stamp:
                _rebuild(folder, seed, progress, recipe)
    except OSError as error:
        raise explained(error, folder) from error
    return folder


def _rebuild(folder: Path, seed: int, progress: OnStep | None, recipe: Recipe | None) -> None:
    logger.info("Making the built-in model in %s, once: about a minute.", shown(folder))
    partial = partial_of(folder)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        build_tiny(partial, seed=seed, progress=progress, recipe=recipe)
        if folder.exists():
            remove_folder(folder)
        publish(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _only_builder(folder: Path) -> FileLock:
    """The lock of the one who builds, taken; the file stays, as removing it would let a third process in."""
    lock = FileLock(folder.parent / f".{folder.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        logger.info("Another process is making the built-in model: waiting for it.")
        lock.acquire()
    return lock


def _stamp(seed: int, recipe: Recipe) -> str:
    """Changes with all that shapes the model: sentences, chat template, recipe, seed and code."""
    code = [Path(file).read_text(encoding="utf-8") for file in (__file__, pretraining.__file__)]
    made_of = [*samples.statements(), named_template("qwen").source, *code, repr(recipe), str(seed)]
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()


def _stamp_of(folder: Path) -> str | None:
    """The stamp of a finished model; None when there is none."""
    try:
        return str(json.loads((folder / STAMP_FILE).read_text(encoding="utf-8"))["stamp"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


class _Told:
    """Progress for a person: a bar on a terminal, a log line every tenth elsewhere."""

    def __init__(self) -> None:
        self.line = ProgressLine(sys.stderr)

    def __call__(self, step: int, steps: int, loss: float) -> None:
        self.line.show(step, steps, f"pretraining tiny, loss {loss:.2f}")
        if step == steps:
            self.line.clear()
        if not sys.stderr.isatty() and step % max(1, steps // 10) == 0:
            logger.info("Pretraining tiny: step %d of %d, loss %.2f.", step, steps, loss)


def main(arguments: list[str]) -> None:
    """Build by hand, into the given folder or where the recipes look for it."""
    from backend.engine.loading import quiet_libraries, tiny_folder

    quiet_libraries()
    folder = Path(arguments[0]) if arguments else tiny_folder(load_settings())
    logger.info("The built-in model is in %s.", shown(ensure_tiny(folder)))


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: main(sys.argv[1:])))
