"""Answers to a file, kept one by one beside it, so that a kill loses only what was being written.

Next to `predictions.json` lies `predictions.json.partial`, JSON Lines: first what the answers depend on, then one
`{"index", "prediction"}` per answer as it came. A run that depends on the same goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from backend.core.data.datasets import Record
from backend.core.errors import Conflict
from backend.core.params import InferenceParams
from backend.core.paths import shown
from backend.core.storage.files import explained, explained_errors, sha256_of, write_json
from backend.core.storage.hold import Hold

logger = logging.getLogger(__name__)

SYNC_SECONDS = 1.0
"""What a power loss may take; a kill of the process takes nothing that was written."""

WITHOUT_INFLUENCE = frozenset({
    "prompt", "model_path", "base_model_name", "input_file", "output_file", "serve",
    "device", "dequantize", "batch_size", "max_memory_gb", "max_adapters",
})  # fmt: skip
"""Parameters that may differ when a run continues: where and how fast it computes, and names whose content counts."""

WEIGHTS_AND_WORDS = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")


def dependencies(
    params: InferenceParams, dataset: Path, base: str | Path, adapter: Path | None, template: str
) -> dict[str, Any]:
    """Everything that decides what is answered, by name.

    Args:
        params: every parameter but those of `WITHOUT_INFLUENCE` counts.
        dataset: the questions; their content counts.
        base: folder or hub id of the base model. A folder counts by its files' names, sizes and times, since hashing
            a large model takes longer than starting afresh would cost.
        adapter: folder of the adapter; its content counts.
        template: source of the chat template.
    """
    weights = sorted(adapter.glob("adapter_*")) if adapter else []
    return {
        "dataset": sha256_of(dataset),
        "base model": _stamp(base) if isinstance(base, Path) else base,
        "adapter": "none" if adapter is None else " ".join(sha256_of(path) for path in weights),
        "template": hashlib.sha256(template.encode()).hexdigest(),
        **params.model_dump(mode="json", exclude=set(WITHOUT_INFLUENCE)),
    }


class Journal:
    """The answers of an unfinished run; a context that holds the output file against a second run.

    Args:
        output: the file that the finished run writes.
        depends_on: what `dependencies` gave.
        total: how many answers there will be.

    Raises (on entering):
        Conflict: another run is writing this output, or a file that is no journal has the journal's name.
        InvalidInput: no permission to write there.
    """

    def __init__(self, output: Path, depends_on: Mapping[str, Any], total: int) -> None:
        self.output = output
        self.path = output.with_name(f"{output.name}.partial")
        self.total = total
        self.answers: dict[int, str] = {}
        self._depends_on = dict(depends_on)
        self._header = {"depends_on": self._depends_on, "total": total}
        self._hold = Hold(output)
        self._stream: IO[bytes] | None = None
        self._synced = 0.0

    def __enter__(self) -> Journal:
        self._hold.take(f"Another run is writing {shown(self.output)}: wait for it, or choose another --output_file.")
        try:
            self._open()
        except BaseException:
            self._hold.release()
            raise
        return self

    def add(self, index: int, prediction: str) -> None:
        """Keep the answer to the record of this index."""
        self.answers[index] = prediction
        self._write({"index": index, "prediction": prediction})

    def row(self, record: Record, model: str) -> dict[str, Any]:
        """A row of the predictions file: the record and its answer."""
        return {
            "id": str(record.raw.get("id", record.index)),
            "input": record.question,
            "reference": record.answer,
            "prediction": self.answers[record.index],
            "model": model,
        }

    def publish(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the finished file in one step and let go of the journal."""
        self._close()
        write_json(self.output, list(rows))
        self.path.unlink()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if self.path.exists() and not self.answers:
            self.path.unlink()
        self._hold.release()

    def _open(self) -> None:
        """Read what is there, cut off a torn end, and say in a sentence how the run begins."""
        whole = self._read()
        with explained_errors(self.path):
            self._stream = self.path.open("r+b" if whole else "wb")
        self._stream.seek(whole)
        self._stream.truncate()
        if not whole:
            self._write(self._header)
        if self.answers:
            logger.info("%s of %s answers are there already; continuing.", f"{len(self.answers):,}", f"{self.total:,}")

    def _read(self) -> int:
        """Take in the answers; returns the length of what is whole and of this run, in bytes."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise explained(error, self.path) from error
        header = _object(lines[0])
        if not isinstance(header.get("depends_on"), dict) or len(lines) < 2:
            if len(lines) > 1:
                raise Conflict(f"{shown(self.path)} is no journal of answers: move it away, or choose another output.")
            return 0  # killed while it wrote its first line
        if header != self._header:
            differs = difference(header["depends_on"], self._depends_on)
            logger.warning("The answers in %s are of another run (%s): starting afresh.", shown(self.path), differs)
            return 0
        whole = len(lines[0]) + 1
        for line in lines[1:-1]:  # behind the last line end there is nothing, or a torn line
            row = _object(line)
            index, prediction = row.get("index"), row.get("prediction")
            if not isinstance(index, int) or not isinstance(prediction, str) or not 0 <= index < self.total:
                break  # a power loss may leave anything
            self.answers[index] = prediction
            whole += len(line) + 1
        return whole

    def _write(self, row: Mapping[str, Any]) -> None:
        assert self._stream, "the journal is open inside its context"
        try:
            self._stream.write(json.dumps(row).encode() + b"\n")
            self._stream.flush()
            if time.monotonic() - self._synced > SYNC_SECONDS:
                os.fsync(self._stream.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            raise explained(error, self.path) from error

    def _close(self) -> None:
        if self._stream:
            stream, self._stream = self._stream, None
            with explained_errors(self.path):
                stream.close()


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What differs between two runs, in words: short values are shown, long ones only named."""
    told = []
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old != new:
            values = f"{old!r} before, {new!r} now"
            told.append(f"{name}: {values}" if len(values) <= 80 else f"another {name}")
    return ", ".join(told) or "another number of records"


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _stamp(folder: Path) -> str:
    files = sorted({path for pattern in WEIGHTS_AND_WORDS for path in folder.glob(pattern)})
    seen = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()
