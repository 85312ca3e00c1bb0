"""The weights of an export, in each of its forms."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.params import ExportParams, MergeParams
from backend.core.runs.events import RunReporter
from backend.engine.adapter_file import CONFIG, WEIGHTS
from backend.engine.export.asking import OllamaPlace
from backend.engine.export.subject import FIELD, Subject

HIDDEN = ".merged"
"""Where the whole model lies while its GGUF file is written."""


@dataclass(frozen=True)
class Writer:
    """What writes the weights of one export.

    Args:
        params, settings: as given.
        subject: what is exported.
        reporter: is told how far it is.
    """

    params: ExportParams
    settings: Settings
    subject: Subject
    reporter: RunReporter

    def require_possible(self) -> None:
        """Before anything is written: the form fits, and what it needs is here.

        Raises:
            BadModel: an adapter's form for a whole model, or an adapter that the form cannot say.
            MissingDependency: a converter or a package is missing.
        """
        form, adapter = self.params.form, self.subject.adapter
        if adapter is None and form in ("adapter", "gguf_adapter"):
            raise BadModel(f"{self.params.model} is a whole model, no adapter: write --form merged or gguf.", FIELD)
        if form == "gguf":
            from backend.engine.export.gguf_model import find_converter

            find_converter(self.settings)
        if form == "gguf_adapter" and adapter is not None:
            from backend.engine.export.gguf_adapter import require_convertible

            require_convertible(adapter, self.subject.base_folder)
        if form in ("merged", "gguf") and adapter is not None:
            from backend.engine.merge.parents import open_parents

            open_parents(self._merge(), self.settings)

    def place_for_ollama(self, name: str) -> OllamaPlace | None:
        """What a Modelfile beside these weights names; None where there is none."""
        form = self.params.form
        if not self.params.ollama or form == "adapter":
            return None
        file = f"./{self.file_of(name)}"
        if form == "gguf_adapter":
            return OllamaPlace(self.params.ollama_base or str(self.subject.base_folder), file)
        return OllamaPlace(file if form == "gguf" else ".")

    def file_of(self, name: str) -> str:
        """The name of the GGUF file."""
        return f"{name}-{self.params.outtype if self.params.form == 'gguf' else 'lora'}.gguf"

    def write(self, folder: Path, name: str) -> None:
        """The weights, into the folder of an export that has its tokenizer already."""
        if self.params.form == "adapter":
            for file in (CONFIG, WEIGHTS):
                shutil.copyfile(self.subject.folder / file, folder / file)
        elif self.params.form == "merged":
            self._whole(folder)
        elif self.params.form == "gguf":
            self._converted(folder, folder / self.file_of(name))
        else:
            from backend.engine.export.gguf_adapter import write_adapter

            assert self.subject.adapter is not None
            tell = self._told("writing the adapter")
            write_adapter(self.subject.adapter, self.subject.base_folder, folder / self.file_of(name), tell)

    def _whole(self, folder: Path) -> None:
        """The whole model, under the tokenizer that is there."""
        from backend.engine.merge.checkpoint import copy_files, open_checkpoint

        kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        if self.subject.adapter is not None:
            from backend.engine.merge.into_base import write_model
            from backend.engine.merge.parents import open_parents

            merge = self._merge()
            write_model(
                folder, open_parents(merge, self.settings), merge, self.settings, self._told("adding the adapter")
            )
        else:
            checkpoint = open_checkpoint(self.subject.folder)
            names = [shard.path.name for shard in checkpoint.shards]
            copy_files(self.subject.folder, folder, [*names, "model.safetensors.index.json", "config.json"])
        for file, content in kept.items():  # the merge brings the base's tokenizer
            (folder / file).write_bytes(content)

    def _converted(self, folder: Path, outfile: Path) -> None:
        from backend.engine.export.gguf_model import convert, find_converter

        hidden = folder / HIDDEN
        hidden.mkdir()
        for path in list(folder.iterdir()):
            if path.is_file():
                shutil.copyfile(path, hidden / path.name)
        self._whole(hidden)
        self.reporter.progress("converting to GGUF")
        convert(find_converter(self.settings), hidden, outfile, self.params.outtype)
        shutil.rmtree(hidden)

    def _merge(self) -> MergeParams:
        # The weight stands behind a colon, which a folder's name may hold as well.
        return MergeParams(
            adapters=[f"{self.subject.folder}:1"],
            into_base=True,
            base_model_name=str(self.subject.base_folder),
            output_dir=self.params.output_dir or "export",
        )

    def _told(self, phase: str) -> Callable[[int, int], None]:
        return lambda done, total: self.reporter.progress(phase, done, total)
