"""Adapters of other trainers are taken in with what they say of themselves; what cannot be used is said by name."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import zipfile
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import BadModel, Conflict, CorruptWeights, PipelineError, UnsafeConfig, UnsafeFormat
from backend.core.imports import taking
from backend.core.imports.entering import enter
from backend.core.imports.foreign import ForeignAdapter
from backend.core.imports.taking import copy_adapter, unzip_adapter
from backend.core.paths import PROJECT_ROOT
from backend.core.registry import Adapter, AdapterRegistry
from tests.core.imports.kit import TRAINERS, files, folder_of, zip_of
from tests.security.artifacts import HONEST, KEY, tensors


@pytest.fixture
def registry(tmp_path: Path) -> AdapterRegistry:
    return AdapterRegistry(tmp_path / "adapters.json")


def taken(
    tmp_path: Path, registry: AdapterRegistry, content: dict[str, bytes] | bytes, **more: Any
) -> tuple[Adapter, ForeignAdapter]:
    if isinstance(content, bytes):
        (tmp_path / "given.zip").write_bytes(content)
        take = partial(unzip_adapter, tmp_path / "given.zip")
    else:
        take = partial(copy_adapter, folder_of(tmp_path / "given", content))
    return enter(take, tmp_path / "models" / "mine", registry, **more)


@pytest.mark.parametrize("way", ["folder", "zip", "zip with a folder"])
@pytest.mark.parametrize("trainer", TRAINERS)
def test_every_trainers_folder_is_taken_in(tmp_path: Path, registry: AdapterRegistry, trainer: str, way: str) -> None:
    content = TRAINERS[trainer]
    given = content if way == "folder" else zip_of(content, "saves/" if "with" in way else "")
    adapter, foreign = taken(tmp_path, registry, given)
    assert (foreign.rank, foreign.alpha, foreign.targets, foreign.layers) == (2, 4, ("q_proj",), 1)
    assert foreign.use_rslora is (trainer == "LLaMA-Factory")
    assert foreign.use_dora is (trainer == "Axolotl")
    assert foreign.base_model == json.loads(content["adapter_config.json"])["base_model_name_or_path"]
    kept = {path.name for path in (tmp_path / "models" / "mine").iterdir()}
    assert kept <= {"adapter_config.json", "adapter_model.safetensors", "chat_template.jinja", "tokenizer_config.json"}
    assert registry.find("mine") == adapter
    told = adapter.model_extra or {}
    assert (adapter.base_model, told["lora_r"]) == (foreign.base_model, 2)
    assert any("quantised already" in note for note in foreign.notes) is (trainer == "Unsloth")
    assert any("No chat template" in note for note in foreign.notes) is (trainer != "LLaMA-Factory")


REFUSED: dict[str, tuple[dict[str, bytes], type[PipelineError], str]] = {
    "modules_to_save": (files(modules_to_save=["embed_tokens", "lm_head"]), BadModel, "embed_tokens, lm_head"),
    "another kind": (files(peft_type="IA3"), BadModel, "peft_type is 'IA3'"),
    "PiSSA": (files(init_lora_weights="pissa"), BadModel, "begun with pissa"),
    "biases": (files(bias="all"), BadModel, "trained biases"),
    "a rank that is none": (files(r="8"), BadModel, "r is '8'"),
    "a base of another machine": (files(base_model_name_or_path="/root/x"), BadModel, "'/root/x', a folder"),
    "a relative base": (files(base_model_name_or_path="./base"), BadModel, "base_model_name"),
    "no base": (files(base_model_name_or_path=None), BadModel, "does not name its base"),
    "a pickle alone": (
        {"adapter_config.json": files()["adapter_config.json"], "adapter_model.bin": b"\x80"}, UnsafeFormat, "pickle",
    ),
    "no weights": ({"adapter_config.json": files()["adapter_config.json"]}, BadModel, "no adapter_model.safetensors"),
    "no config": ({"adapter_model.safetensors": HONEST}, BadModel, "no adapter_config.json"),
    "two adapters": (
        {f"{name}/{file}": data for name in "ab" for file, data in files().items()}, BadModel, "several adapters",
    ),
    "half of a layer": (
        files(tensors((KEY.format("A"), "F32", [2, 8], [0, 64]), data=64)), BadModel, "not both of its factors",
    ),
    "a whole weight": (
        files(tensors(("base_model.model.lm_head.weight", "F32", [2, 8], [0, 64]), data=64)), BadModel, "no factor",
    ),
    "a cut file": (files(HONEST[:-1]), CorruptWeights, "damaged"),
    "own code": (files(auto_mapping={"parent_library": "evil"}), UnsafeConfig, "auto_mapping"),
}  # fmt: skip


@pytest.mark.parametrize("way", ["folder", "zip"])
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_by_name_and_leaves_nothing(
    tmp_path: Path, registry: AdapterRegistry, case: str, way: str
) -> None:
    content, kind, words = REFUSED[case]
    with pytest.raises(kind, match="The adapter cannot be used: ") as refused:
        taken(tmp_path, registry, content if way == "folder" else zip_of(content))
    assert words in str(refused.value)
    assert list((tmp_path / "models").iterdir()) == []
    assert registry.read().adapters == []


def test_a_base_that_is_given_goes_into_the_config(tmp_path: Path, registry: AdapterRegistry) -> None:
    adapter, _ = taken(tmp_path, registry, files(base_model_name_or_path="/root/x"), base_model="tiny")
    config = json.loads((tmp_path / "models" / "mine" / "adapter_config.json").read_text())
    assert (adapter.base_model, config["base_model_name_or_path"]) == ("tiny", "tiny")
    assert (adapter.model_extra or {})["imported"]["named_base"] == "/root/x"


def test_a_name_is_taken_once(tmp_path: Path, registry: AdapterRegistry) -> None:
    taken(tmp_path, registry, files())
    with pytest.raises(Conflict, match="already"):
        taken(tmp_path, registry, files())


def with_entry(name: str, data: bytes = b"x", mode: int = 0, **changes: Any) -> bytes:
    """An honest zip file with one entry more."""
    stream = BytesIO(zip_of(files()))
    with zipfile.ZipFile(stream, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, data)
    return stream.getvalue()


def encrypted() -> bytes:
    data = bytearray(zip_of(files()))
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    return bytes(data)


TRICKS = {
    "a path upwards": with_entry("../../evil"),
    "an absolute path": with_entry("/etc/evil"),
    "a path of Windows": with_entry("a\\..\\..\\evil"),
    "a link": with_entry("tokenizer.json", b"/etc/passwd", stat.S_IFLNK | 0o777),
    "a device": with_entry("tokenizer.json", b"", stat.S_IFCHR | 0o666),
    "a password": encrypted(),
    "no zip file": b"PK\x03\x04 nothing",
    "another file": HONEST,
    "nothing": b"",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_zip_file_with_a_trick_writes_nothing_anywhere(
    tmp_path: Path, registry: AdapterRegistry, trick: str
) -> None:
    before = set(tmp_path.rglob("*"))
    with pytest.raises(UnsafeFormat):
        taken(tmp_path, registry, TRICKS[trick])
    assert set(tmp_path.rglob("*")) - before <= {tmp_path / "given.zip", tmp_path / "models"}


def test_a_zip_file_that_unpacks_to_more_than_it_may_is_left_off(
    tmp_path: Path, registry: AdapterRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "OTHER_BYTES", 2**20)
    bomb = zip_of({**files(), "tokenizer.json": bytes(2**20 + 1)})
    assert len(bomb) < 10_000
    with pytest.raises(UnsafeFormat, match="larger than 1 MiB"):
        taken(tmp_path, registry, bomb)
    assert list((tmp_path / "models").iterdir()) == []


def test_the_command_takes_it_in_and_says_what_it_is(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "saves", TRAINERS["LLaMA-Factory"])
    command = [sys.executable, "-m", "backend.core.imports", "--folder", str(folder), "--adapter_name", "mine"]
    environ = {
        "PATH": "", "MODEL_OUTPUT_DIR": str(tmp_path / "models"),
        "ADAPTER_CONFIG_PATH": str(tmp_path / "adapters.json"),
        "PIPELINE_ENV_FILE": str(tmp_path / ".env"),
    }  # fmt: skip
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = "mine: rsLoRA of rank 2, alpha 4, on 1 layers (q_proj) of Qwen/Qwen2.5-0.5B-Instruct."
    assert done.stdout.splitlines()[0] == told
    again = subprocess.run(command, cwd=PROJECT_ROOT, env=environ, capture_output=True, text=True)
    assert (again.returncode, "already" in again.stderr) == (2, True)
