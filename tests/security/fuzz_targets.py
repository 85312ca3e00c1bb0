"""What is fed with bytes of anybody's: seven readers, each with the errors it may end in and with honest seeds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backend.api.guard.host import host_name
from backend.core.data.datasets import load_records
from backend.core.environment.env_file import EnvFile
from backend.core.environment.settings import Settings
from backend.core.environment.variable_changes import change_variables
from backend.core.errors import CorruptWeights, InvalidInput, NotFound, PipelineError
from backend.core.models.safetensors_header import read_header
from backend.core.paths import resolve_name
from backend.core.redaction import redacted
from backend.core.registry import AdapterRegistry
from backend.jobs.confine import base_model, dataset_path
from backend.jobs.log import clean
from tests.security.artifacts import HONEST

Target = Callable[[bytes], None]


@dataclass(frozen=True)
class Reader:
    """A target.

    Args:
        name: of it.
        seeds: honest inputs to begin with.
        make: from an empty folder of its own, what takes the bytes; it raises nothing that it may end in.
    """

    name: str
    seeds: Sequence[bytes]
    make: Callable[[Path], Target]


def _paths(place: Path) -> Target:
    settings = Settings(data_dir=place / "data", model_output_dir=place / "models")
    for name in ("data", "models", "outside"):
        (place / name).mkdir(exist_ok=True)
        (place / name / "x.json").write_text("[]")
    roots = [(place / name).resolve() for name in ("data", "models")]

    def target(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        for find in (dataset_path, base_model):
            with suppress(InvalidInput):
                found = find(text, settings)
                if os.path.isabs(found):
                    assert any(Path(found).resolve().is_relative_to(root) for root in roots), found
        with suppress(InvalidInput, NotFound):
            assert resolve_name(roots[0], text).resolve().is_relative_to(roots[0])

    return target


def _datasets(place: Path) -> Target:
    paths = [place / f"fuzzed{suffix}" for suffix in (".json", ".jsonl", ".csv")]

    def target(data: bytes) -> None:
        path = paths[data[0] % len(paths) if data else 0]
        path.write_bytes(data[1:])
        with suppress(PipelineError):
            load_records(path)

    return target


def _env(place: Path) -> Target:
    path = place / ".env"

    def target(data: bytes) -> None:
        before, _, value = data.partition(b"\x00")
        path.write_bytes(before)
        with suppress(PipelineError):
            change_variables(EnvFile(path), {"EVAL_MODEL": value.decode("utf-8", "surrogateescape")})
            return
        assert path.read_bytes() == before

    return target


def _registry(place: Path) -> Target:
    path = place / "adapters.json"

    def target(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(PipelineError):
            for adapter in AdapterRegistry(path).read().adapters:
                assert isinstance(adapter.name, str)
        assert path.read_bytes() == data

    return target


def _header(place: Path) -> Target:
    path = place / "fuzzed.safetensors"

    def target(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(CorruptWeights):
            header = read_header(path)
            assert all(len(header.raw) <= tensor.start <= tensor.stop <= len(data) for tensor in header.tensors)

    return target


def _log(place: Path) -> Target:
    del place

    def target(data: bytes) -> None:
        text = clean(data.decode("utf-8", "replace"))
        assert not any(ord(sign) < 32 and sign not in "\t\n" for sign in text)
        assert redacted(text) == text

    return target


def _host(place: Path) -> Target:
    del place

    def target(data: bytes) -> None:
        name = host_name(data.decode("latin-1"))
        assert name == name.lower()
        assert "]:" not in name
        assert name.startswith("[") or ":" not in name

    return target


ROWS = json.dumps([{"input": "a", "output": "b"}]).encode()

READERS = [
    Reader("paths", [b"x.json", b"data/x.json", b"tiny", b"owner/name", b"../outside/x.json", b"C:\\x", b"~root/x"],
           _paths),
    Reader("datasets", [b"0" + ROWS, b"1" + ROWS[1:-1] + b"\n", b"2input,output\na,b\n",
                        b"0" + json.dumps({"data": [{"messages": [{"role": "user", "content": "x"}]}]}).encode()],
           _datasets),
    Reader("env", [b"A=1\n# x\nexport B='2'\nEVAL_MODEL=old\n\x00new", b"EVAL_MODEL=\"a\nb\"\n\x00x"], _env),
    Reader("registry", [b'{"base_model": "tiny", "adapters": [{"name": "a", "path": "models/a"}]}', b"{}"], _registry),
    Reader("header", [HONEST, b"\x02" + bytes(7) + b"{}"], _header),
    Reader("log", [b"\x1b[31mred\x1b[0m\r10%\rdone\n", b"\x1b]8;;http://x\x07link\x1b]8;;\x07 hf_" + b"a1" * 20],
           _log),
    Reader("host", [b"localhost:8000", b"[::1]:80", b"evil.test"], _host),
]  # fmt: skip
