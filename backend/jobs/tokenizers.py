"""The tokenizers of base models, kept as files that a look at a dataset opens in a fraction of a second."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, InvalidInput
from backend.core.models.hub_cache import snapshot_of
from backend.core.paths import PROJECT_ROOT
from backend.core.versions import versions
from backend.jobs.answering.served import TINY
from backend.jobs.confine import base_model
from backend.jobs.inquiries import Failed, Inquiries, Unwanted, stamp_of

PROGRAM = PROJECT_ROOT / "backend" / "engine" / "keep_tokenizer.py"
FOLDER = Path("cache", "tokenizers")
"""Within the folder of the service's state."""
MOST_SECONDS = 180.0
"""Transformers takes 2 seconds to import, a vocabulary of 256k another one to read, and a busy machine its time."""
MOST_FILES = 8
"""A vocabulary of 152k takes 11 MB."""
WEIGHTS = frozenset({".safetensors", ".bin", ".gguf"})
LIBRARIES = ("transformers", "tokenizers")


class Tokenizers(Inquiries):
    """Keeps the tokenizer of each base that is asked for, made by the library once.

    Args:
        settings: where models and the state are.
    """

    noun: ClassVar[str] = "tokenizer"
    elsewhere: ClassVar[str] = "Try again when the machine is less busy."

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, PROGRAM, MOST_SECONDS)

    def of(self, base: str, is_unwanted: Unwanted) -> tuple[Path | None, str]:
        """The file of a base's tokenizer, or None and a sentence that says why there is none.

        Args:
            base: as `base_model_name` takes it.

        Raises:
            InvalidInput: it is no base that a run could be started with.
            Busy, TooSlow: not now.
        """
        folder = self._folder_of(base)
        if folder is None:
            return None, f"{base} is not on this machine yet, so its tokenizer cannot count."
        key = _key_of(folder)
        file = self._settings.state_dir / FOLDER / f"{key}.json"
        if not file.is_file():
            try:
                asked = {"base": str(folder), "target": str(file)}
                self.answer(key, asked, "kept", is_unwanted, "base_model")
            except (InvalidInput, Failed) as error:
                self._require_wanted(is_unwanted)
                return None, f"The tokenizer of {base} cannot be used: {error}"
            self._sweep(file)
        return file, ""

    def _run(self, params: Mapping[str, Any], part: str, is_unwanted: Unwanted, field: str) -> dict[str, Any]:
        if Path(params["target"]).is_file():  # made for somebody else while this one waited
            return {}
        return super()._run(params, part, is_unwanted, field)

    def _keep(self, key: Any, answer: dict[str, Any]) -> dict[str, Any]:
        return answer  # the file is what is remembered: it may be swept away

    def _folder_of(self, base: str) -> Path | None:
        given = base_model(base, self._settings, "base_model")
        if given == TINY:
            folder = self._settings.model_output_dir / "base" / TINY
            return folder if (folder / "tokenizer.json").is_file() else None
        place = Path(given)
        try:
            return place if place.is_absolute() else snapshot_of(given, None, self._settings)
        except BadModel:
            return None

    def _sweep(self, newest: Path) -> None:
        """Delete the files longest unused beyond the limit."""
        with suppress(OSError):
            files = sorted(newest.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
            for file in files[:-MOST_FILES]:
                file.unlink(missing_ok=True)


def _key_of(folder: Path) -> str:
    """Differs once any file beside the weights is another one, or the libraries are."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix not in WEIGHTS]
    installed = versions()
    told = [
        str(folder),
        *((path.name, stamp_of(path)) for path in files),
        *(installed.get(name) for name in LIBRARIES),
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()
