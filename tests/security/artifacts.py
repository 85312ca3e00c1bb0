"""Malicious models and adapters, each a small folder that looks like an honest one but for a single thing."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.errors import BadModel, CorruptWeights, UnsafeConfig, UnsafeFormat
from backend.core.models.config import LONGEST_TEMPLATE
from backend.core.models.safetensors_header import MOST_BYTES

CONFIG = {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 8, "num_hidden_layers": 1}
ADAPTER_CONFIG = {"peft_type": "LORA", "base_model_name_or_path": "tiny", "r": 2, "lora_alpha": 4,
                  "target_modules": ["q_proj"], "auto_mapping": None}  # fmt: skip
KEY = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"

Spoil = Callable[[Path], None]


@dataclass(frozen=True)
class Artifact:
    """A folder that must be refused.

    Args:
        name: what is wrong with it.
        spoil: makes an honest adapter's folder bad.
        refusal: how it is refused.
        named: what the refusal must name.
    """

    name: str
    spoil: Spoil
    refusal: type[BadModel]
    named: str


def tensors(*entries: tuple[str, str, list[int], list[int]], data: int = 0) -> bytes:
    """A safetensors file of these entries (name, type, shape, offsets) with so many bytes of content."""
    header = json.dumps({name: {"dtype": kind, "shape": shape, "data_offsets": places}
                         for name, kind, shape, places in entries}).encode()  # fmt: skip
    return raw(header, data)


def raw(header: bytes, data: int = 0) -> bytes:
    """A safetensors file with this header."""
    return struct.pack("<Q", len(header)) + header + bytes(data)


HONEST = tensors(
    (KEY.format("A"), "F32", [2, 8], [0, 64]), (KEY.format("B"), "F32", [8, 2], [64, 128]), data=128
)  # fmt: skip


def honest(folder: Path) -> Path:
    """An adapter that is as it should be."""
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps(ADAPTER_CONFIG))
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "adapter_model.safetensors").write_bytes(HONEST)
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "Qwen2Tokenizer"}))
    return folder


class Payload:
    """Leaves a mark when it is unpickled."""

    def __init__(self, canary: str) -> None:
        self.canary = canary

    def __reduce__(self) -> Any:
        return (os.system, (f"touch '{self.canary}'",))


def canary_of(folder: Path) -> Path:
    """The file that a payload in the folder leaves when it is run."""
    return folder.parent / "canary"


def _pickled(name: str, protocol: int = 4) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(Payload(str(canary_of(folder))), protocol))

    return spoil


def _archived(name: str) -> Spoil:
    """As PyTorch saves: a pickle in an archive."""

    def spoil(folder: Path) -> None:
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Payload(str(canary_of(folder)))))

    return spoil


def _weights(content: bytes) -> Spoil:
    return lambda folder: _write(folder / "adapter_model.safetensors", content)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _set(file: str, **changes: Any) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / file
        content = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**content, **changes}))

    return spoil


def _text(file: str, content: str) -> Spoil:
    return lambda folder: _write(folder / file, content.encode())


def _link(name: str, target: str) -> Spoil:
    return lambda folder: (folder / name).symlink_to(target)


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / "config.fifo")


def _index(file: Any) -> Spoil:
    return _text("model.safetensors.index.json", json.dumps({"weight_map": {"w": file}}))


_TWICE = (
    b'{"w": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},'
    b' "w": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}'
)

PICKLES = [
    Artifact("adapter_model.bin", _pickled("adapter_model.bin"), UnsafeFormat, "adapter_model.bin"),
    Artifact("pytorch_model.bin", _archived("pytorch_model.bin"), UnsafeFormat, "pytorch_model.bin"),
    Artifact("a .pt beside the weights", _archived("extra.pt"), UnsafeFormat, "extra.pt"),
    Artifact("a .pth in a subfolder", _pickled("original/consolidated.00.pth"), UnsafeFormat, "consolidated.00.pth"),
    Artifact("a .pkl", _pickled("vocab.pkl"), UnsafeFormat, "vocab.pkl"),
    Artifact("training_args.bin", _pickled("training_args.bin"), UnsafeFormat, "training_args.bin"),
    Artifact("a hidden pickle (CVE-2025-50472)", _pickled(".cache/.mdl"), UnsafeFormat, ".mdl"),
    Artifact("a pickle under a harmless name", _pickled("notes.txt"), UnsafeFormat, "notes.txt"),
    Artifact("a pickle of an old protocol", _pickled("weights.pickle", 0), UnsafeFormat, "weights.pickle"),
    Artifact("an archive under a harmless name", _archived("README.md"), UnsafeFormat, "README.md"),
    Artifact("capitals in the ending", _pickled("MODEL.PT"), UnsafeFormat, "MODEL.PT"),
    Artifact("a shared library", _text("kernels.so", "\x7fELF"), UnsafeFormat, "kernels.so"),
]

LINKS = [
    Artifact("a link to a file outside", _link("vocab.json", "/etc/passwd"), UnsafeFormat, "vocab.json"),
    Artifact("a link to a folder outside", _link("sub", "/etc"), UnsafeFormat, "sub"),
    Artifact("a link in a circle", _link("loop", "loop"), UnsafeFormat, "loop"),
    Artifact("a pipe", _fifo, UnsafeFormat, "config.fifo"),
]

HEADERS = [
    Artifact("cut in the middle", _weights(HONEST[:-1]), CorruptWeights, "adapter_model"),
    Artifact("cut in the header", _weights(HONEST[:60]), CorruptWeights, "header"),
    Artifact("empty", _weights(b""), CorruptWeights, "header"),
    Artifact("a header of 2^63 bytes", _weights(struct.pack("<Q", 2**63) + b"{}"), CorruptWeights, "header"),
    Artifact("a header above the bound", _weights(raw(b"{" + b" " * MOST_BYTES + b"}")), CorruptWeights, "at most"),
    Artifact("a header of brackets", _weights(raw(b"[" * 900_000)), CorruptWeights, "damaged"),
    Artifact("a header of two million tables", _weights(raw(b"[" + b"{}," * 2_000_000 + b"{}]")), CorruptWeights,
             "maze"),
    Artifact("a header that is no table", _weights(raw(b"[1, 2]")), CorruptWeights, "no table"),
    Artifact("a name twice", _weights(raw(_TWICE, 1)), CorruptWeights, "twice"),
    Artifact("overlapping tensors", _weights(tensors(
        ("a", "U8", [8], [0, 8]), ("b", "U8", [8], [4, 12]), data=12)), CorruptWeights, "begins at byte"),
    Artifact("offsets past the end", _weights(tensors(("a", "U8", [64], [0, 64]), data=8)), CorruptWeights, "end at"),
    Artifact("a negative offset", _weights(tensors(("a", "U8", [8], [-8, 0]), data=8)), CorruptWeights, "a is U8"),
    Artifact("a shape that overflows", _weights(tensors(("a", "F32", [2**62, 2**62, 4], [0, 8]), data=8)),
             CorruptWeights, "does not take"),
    Artifact("an unknown type", _weights(tensors(("a", "OBJECT", [1], [0, 8]), data=8)), CorruptWeights, "OBJECT"),
    Artifact("forty thousand tensors, the last one cut off", _weights(tensors(
        *((f"base_model.model.layers.{n}.mlp.experts.weight", "U8", [1, 1], [n, n + 1]) for n in range(40_000)),
        data=39_999)), CorruptWeights, "end at"),
    Artifact("a gap between tensors", _weights(tensors(("a", "U8", [8], [8, 16]), data=16)), CorruptWeights, "begins"),
]  # fmt: skip

CONFIGS = [
    Artifact("auto_map", _set("config.json", auto_map={"AutoModel": "evil.Evil"}), UnsafeConfig, "auto_map"),
    Artifact("auto_map of a tokenizer", _set("tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Evil", None]}),
             UnsafeConfig, "auto_map"),
    Artifact("_attn_implementation_internal (CVE-2026-4372)",
             _set("config.json", _attn_implementation_internal="evil/kernel"), UnsafeConfig,
             "_attn_implementation_internal"),
    Artifact("_experts_implementation_internal", _set("config.json", _experts_implementation_internal="evil/kernel"),
             UnsafeConfig, "_experts_implementation_internal"),
    Artifact("attention from the hub", _set("config.json", attn_implementation="evil/kernel"), UnsafeConfig,
             "attn_implementation"),
    Artifact("nested trust_remote_code (CVE-2026-5241)",
             _set("config.json", keypoint_detector_config={"trust_remote_code": True}), UnsafeConfig,
             "keypoint_detector_config.trust_remote_code"),
    Artifact("a newline in a nested model_type (CVE-2026-93348)",
             _set("config.json", text_config={"model_type": "qwen2\nimport os"}), UnsafeConfig,
             "text_config.model_type"),
    Artifact("auto_mapping.parent_library", _set("adapter_config.json", auto_mapping={
        "base_model_class": "X", "parent_library": "os"}), UnsafeConfig, "auto_mapping.parent_library"),
    Artifact("megatron_core", _set("adapter_config.json", megatron_core="evil"), UnsafeConfig, "megatron_core"),
    Artifact("a base that is an address", _set("adapter_config.json",
                                              base_model_name_or_path="http://169.254.169.254/model"),
             UnsafeConfig, "base_model_name_or_path"),
    Artifact("an absolute shard", _index("/etc/passwd"), UnsafeConfig, "/etc/passwd"),
    Artifact("a shard outside", _index("../other/model.safetensors"), UnsafeConfig, "other"),
    Artifact("a shard that is a pickle", _index("model.bin"), UnsafeConfig, "model.bin"),
    Artifact("a vocabulary elsewhere", _set("tokenizer_config.json", vocab_file="/etc/passwd"), UnsafeConfig,
             "vocab_file"),
    Artifact("an unknown quantisation", _set("config.json", quantization_config={"quant_method": "evil"}),
             UnsafeConfig, "quantization_config.quant_method"),
    Artifact("a class that is an expression", _set("config.json", architectures=["__import__('os')"]), UnsafeConfig,
             "architectures"),
    Artifact("a key twice", _text("config.json", '{"model_type": "qwen2", "model_type": "evil"}'), UnsafeConfig,
             "twice"),
    Artifact("nested without end", _text("config.json", '{"a":' * 100_000 + "1" + "}" * 100_000), UnsafeConfig,
             "config.json"),
    Artifact("a template of megabytes", _set("tokenizer_config.json", chat_template="x" * (LONGEST_TEMPLATE + 1)),
             UnsafeConfig, "chat_template"),
    Artifact("a configuration of 9 MB", _text("generation_config.json", '{"a": "' + "x" * 9_000_000 + '"}'),
             UnsafeConfig, "generation_config.json"),
]  # fmt: skip

ARTIFACTS = [*PICKLES, *LINKS, *HEADERS, *CONFIGS]
