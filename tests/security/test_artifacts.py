"""S9: malicious models and adapters are refused by name in less than 5 s and 50 MB, and none of their code is run."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.errors import BadModel
from backend.core.models.config import OWN_CODE_UNUSED, require_safe_config
from backend.core.models.folder import require_safe
from backend.core.registry import Adapter, AdapterRegistry
from tests.campaign import tell
from tests.security.artifacts import ARTIFACTS, CONFIG, Artifact, canary_of, honest
from tests.service_kit import app_in

ROOT = Path(__file__).parents[2]
CODES = {"UnsafeFormat": "unsafe_format", "UnsafeConfig": "unsafe_config", "CorruptWeights": "corrupt_weights"}

MEASURED = """
import sys, time
from pathlib import Path
from backend.core.errors import BadModel
from backend.core.models.folder import require_safe
def peak():  # of this program: what getrusage tells is inherited from the one that started it
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
before, slowest = peak(), 0.0
for folder in sorted(Path(sys.argv[1]).iterdir()):
    begun = time.monotonic()
    try:
        require_safe(folder / "adapter")
        raise SystemExit(f"{folder} was taken")
    except BadModel:
        slowest = max(slowest, time.monotonic() - begun)
print((peak() - before) // 1024, slowest)
"""


def spoilt(artifact: Artifact, tmp_path: Path) -> Path:
    folder = honest(tmp_path / "adapter")
    artifact.spoil(folder)
    return folder


def test_an_honest_folder_is_taken(tmp_path: Path) -> None:
    require_safe(honest(tmp_path / "adapter"))


@pytest.mark.parametrize("artifact", ARTIFACTS, ids=lambda artifact: artifact.name)
def test_it_is_refused_by_name(artifact: Artifact, tmp_path: Path) -> None:
    with pytest.raises(BadModel) as refused:
        require_safe(spoilt(artifact, tmp_path))
    assert type(refused.value) is artifact.refusal
    assert artifact.named in str(refused.value)
    assert len(str(refused.value)) < 1000
    assert not canary_of(tmp_path / "adapter").exists()


def test_all_of_them_together_take_little_time_and_memory(tmp_path: Path) -> None:
    for number, artifact in enumerate(ARTIFACTS):
        spoilt(artifact, tmp_path / "all" / str(number))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "all")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    megabytes, slowest = done.stdout.split()
    executed = len(list((tmp_path / "all").glob("*/canary")))
    tell("S9", artifacts=len(ARTIFACTS), executed=executed, megabytes=int(megabytes), slowest_s=float(slowest))
    assert executed == 0
    assert int(megabytes) <= 50


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path), base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.mark.parametrize("artifact", ARTIFACTS[::6], ids=lambda artifact: artifact.name)
def test_the_service_lists_it_with_its_fault_and_never_asks_it(
    artifact: Artifact, client: TestClient, tmp_path: Path
) -> None:
    folder = honest(tmp_path / "models" / "bad")
    artifact.spoil(folder)
    registry = AdapterRegistry(tmp_path / "config" / "adapters.json")
    registry.add(Adapter(name="bad", path=str(folder), base_model="tiny"))

    (listed,) = client.get("/adapters").json()["adapters"]
    assert artifact.named in listed["problem"]
    asked = client.post("/generate", json={"prompt": "hello", "adapter": "bad"})
    assert asked.status_code == 422, asked.text
    assert asked.json()["code"] == CODES[artifact.refusal.__name__]
    assert client.get("/jobs").json()["total"] == 0
    assert not canary_of(folder).exists()


def test_a_folder_that_was_mended_is_taken(client: TestClient, tmp_path: Path) -> None:
    folder = honest(tmp_path / "models" / "mended")
    (folder / "extra.pt").write_bytes(b"")
    AdapterRegistry(tmp_path / "config" / "adapters.json").add(Adapter(name="mended", path=str(folder)))
    assert client.get("/adapters").json()["adapters"][0]["problem"] is not None
    (folder / "extra.pt").unlink()
    assert client.get("/adapters").json()["adapters"][0]["problem"] is None


@pytest.mark.parametrize(
    "given",
    [
        {"model_type": "phi3", "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config"}},
        {"_name_or_path": "owner/name", "_attn_implementation_autoset": True, "trust_remote_code": False},
        {"quantization_config": {"quant_method": "bitsandbytes", "_load_in_4bit": True}, "_sliding_window_pattern": 6},
        {"attn_implementation": {"text_config": "sdpa"}, "text_config": {"model_type": "gemma3_text"}},
        {"auto_mapping": {"base_model_class": "Qwen2ForCausalLM",
                          "parent_library": "transformers.models.qwen2.modeling_qwen2"}},
        {"megatron_core": "megatron.core", "megatron_config": None, "task_type": "CAUSAL_LM"},
        {"label2id": {"_other": 1}, "architectures": None},
        {"chat_template": [{"name": "default", "template": "{{ messages }}"}], "tokenizer_class": "LlamaTokenizer"},
    ],
    ids=str,
)  # fmt: skip
def test_what_honest_models_hold_is_taken(given: dict[str, Any]) -> None:
    require_safe_config({**CONFIG, **given}, "config.json")


def test_a_snapshot_of_the_cache_may_have_links_into_its_blobs_and_others_pickles(tmp_path: Path) -> None:
    home = tmp_path / "models--some--model"
    snapshot = home / "snapshots" / ("a" * 40)
    honest(home / "blobs")
    (home / "blobs" / "pytorch_model.bin").write_bytes(b"")
    snapshot.mkdir(parents=True)
    for blob in (home / "blobs").iterdir():
        (snapshot / blob.name).symlink_to(Path("..", "..", "blobs", blob.name))
    require_safe(snapshot)
    (snapshot / "vocab.json").symlink_to("/etc/passwd")
    with pytest.raises(BadModel, match=r"vocab\.json"):
        require_safe(snapshot)


def test_types_whose_own_code_is_unused_are_transformers_own() -> None:
    mapping = pytest.importorskip("transformers.models.auto.configuration_auto")
    assert set(mapping.CONFIG_MAPPING_NAMES) >= OWN_CODE_UNUSED


NEVER = ("snapshot_download", "load_dataset", "pickle.load", "pickle.loads")
MODELS = {"AutoModelForCausalLM"}
PEFT = {"PeftModel"}
"""It knows neither switch: its folder is judged in the same function, just before."""


def _calls(file: Path) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def _sources() -> list[Path]:
    return sorted([*(ROOT / "backend").rglob("*.py"), *ROOT.glob("*.py"), *(ROOT / "scripts").glob("*.py")])


def test_nothing_is_loaded_past_the_checks() -> None:
    seen = 0
    for file in _sources():
        for call, name in _calls(file):
            given = {word.arg: ast.unparse(word.value) for word in call.keywords}
            where = f"{file.relative_to(ROOT)}:{call.lineno}"
            assert given.get("trust_remote_code", "False") == "False", where
            owner, _, method = name.rpartition(".")
            assert name not in NEVER, where
            if name == "torch.load":
                assert given.get("weights_only") == "True", where
            if method != "from_pretrained":
                continue
            seen += 1
            assert "require_safe(" in _function_around(file, call.lineno), f"{where}: not judged before it is loaded"
            if owner not in PEFT:
                assert given.get("trust_remote_code") == "False", where
                assert given.get("local_files_only") == "True", where
            if owner in MODELS:
                assert given.get("use_safetensors") == "True", where
    assert seen >= 5


def _function_around(file: Path, line: int) -> str:
    text = file.read_text(encoding="utf-8")
    around = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)
              and node.lineno <= line <= (node.end_lineno or 0)]  # fmt: skip
    inner = max(around, key=lambda node: node.lineno)
    return "\n".join(text.splitlines()[inner.lineno - 1 : line])


def test_a_planted_load_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = tmp_path / "backend" / "planted.py"
    planted.parent.mkdir()
    planted.write_text("def f(x):\n    return AutoModelForCausalLM.from_pretrained(x)\n")
    monkeypatch.setattr("tests.security.test_artifacts.ROOT", tmp_path)
    with pytest.raises(AssertionError, match="not judged"):
        test_nothing_is_loaded_past_the_checks()


def test_the_engine_refuses_it_before_any_library(tmp_path: Path) -> None:
    loading = pytest.importorskip("backend.engine.loading")
    base = honest(tmp_path / "base")
    (base / "config.json").write_text(json.dumps({**CONFIG, "auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(BadModel, match="auto_map"):
        loading.load_tokenizer(str(base))
    adapter = honest(tmp_path / "adapter")
    (adapter / "adapter_model.bin").write_bytes(b"")
    adapter_file = pytest.importorskip("backend.engine.adapter_file")
    with pytest.raises(BadModel, match=r"adapter_model\.bin"):
        adapter_file.AdapterFile(adapter)
