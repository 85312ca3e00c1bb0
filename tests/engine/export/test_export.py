"""Exports of a real small model: what is written computes what the adapter does, and nothing is written unproved."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, Conflict, FinishedBelow, MissingDependency, PipelineError
from backend.core.export.modelfile import read_modelfile
from backend.core.params import ExportParams
from backend.core.runs.events import RunReporter
from backend.engine.export.story import export
from tests.conftest import CHATML, Maker

TOKENS = torch.arange(3, 40).unsqueeze(0)


def run_record(folder: Path, base: Path, **params: Any) -> None:
    """What a run of ours leaves beside its adapter."""
    record = {
        "name": folder.name,
        "kind": "train",
        "params": {"base_model_name": str(base), "learning_rate": 2e-4, "dataset_path": "/home/me/q.json", **params},
        "template": {"name": "tokenizer", "source": CHATML},
        "dataset": {"path": "/home/me/secret place/q.json", "sha256": "ab" * 32, "examples": 16},
        "result": {"final_loss": 0.25, "path": "/home/me/models/x"},
    }
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture
def adapter(make_adapter: Maker, small_model: Path) -> Path:
    folder = make_adapter("physics", seed=1, use_rslora=True)
    run_record(folder, small_model)
    return folder


def settings_for(tmp_path: Path, **more: Any) -> Settings:
    return Settings(model_output_dir=tmp_path, adapter_config_path=tmp_path / "adapters.json", **more)


def exported(tmp_path: Path, model: Path, form: str, settings: Settings | None = None, **more: Any) -> dict[str, Any]:
    params = ExportParams(model=str(model), form=form, output_dir=str(tmp_path / "out"), **more)  # type: ignore[arg-type]
    return export(params, settings or settings_for(tmp_path), RunReporter(job_dir=tmp_path))


def logits(folder: Path, adapter: Path | None = None) -> torch.Tensor:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter))
    with torch.inference_mode():
        return torch.as_tensor(model.eval()(TOKENS).logits)


def test_an_adapter_goes_out_as_it_is_with_its_template_and_commands(
    adapter: Path, small_model: Path, tmp_path: Path
) -> None:
    result = exported(tmp_path, adapter, "adapter")
    out = tmp_path / "out"
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (out / name).read_bytes() == (adapter / name).read_bytes()
    assert (out / "chat_template.jinja").read_text() == CHATML
    assert not (out / "Modelfile").exists()  # Ollama takes an adapter alone as GGUF only
    assert result["parity"]["passed"]
    command = result["commands"]["vLLM"]
    assert f"--lora-modules out={out}" in command
    assert "--max-lora-rank 8" in command
    assert command in (out / "SERVING.md").read_text()
    told = (out / "export.json").read_text() + (out / "README.md").read_text()
    assert "secret place" not in told
    assert str(tmp_path) not in told
    assert "ab" * 32 in told
    assert json.loads((tmp_path / "result.json").read_text()) == result


def test_a_merged_model_computes_what_the_adapter_does(adapter: Path, small_model: Path, tmp_path: Path) -> None:
    exported(tmp_path, adapter, "merged")
    out = tmp_path / "out"
    wanted, bare = logits(small_model, adapter), logits(small_model)
    assert float((logits(out) - wanted).norm()) <= 1e-5 * float((wanted - bare).norm())
    file = read_modelfile((out / "Modelfile").read_text())
    assert (file.source, file.adapter, file.system) == (".", None, None)
    assert "<|im_end|>" in file.stops
    again = export(
        ExportParams(model=str(out), form="merged", output_dir=str(tmp_path / "again")),
        settings_for(tmp_path), RunReporter(job_dir=tmp_path),
    )  # fmt: skip
    assert again["parity"]["passed"]
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (out / "model.safetensors").read_bytes()


def test_a_system_prompt_of_the_training_goes_along(make_adapter: Maker, small_model: Path, tmp_path: Path) -> None:
    folder = make_adapter("physics", seed=1)
    run_record(folder, small_model, system_prompt='Say "it".')
    assert exported(tmp_path, folder, "merged")["parity"]["passed"]
    assert read_modelfile((tmp_path / "out" / "Modelfile").read_text()).system == 'Say "it".'
    from transformers import AutoTokenizer

    text = AutoTokenizer.from_pretrained(tmp_path / "out").apply_chat_template(
        [{"role": "user", "content": "?"}], tokenize=False, add_generation_prompt=True
    )
    assert text.startswith('<|im_start|>system\nSay "it".<|im_end|>\n<|im_start|>user\n?')


def test_what_would_be_asked_otherwise_is_not_written_unless_one_insists(
    adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEM_PROMPT", "You are a helpful assistant.")
    with pytest.raises(FinishedBelow, match="asked otherwise than the model was trained"):
        exported(tmp_path, adapter, "merged")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".partial*"))
    told = json.loads((tmp_path / "result.json").read_text())
    assert told["parity"]["passed"] is False
    assert told["parity"]["differences"][0]["side"] == "chat"
    exported(tmp_path, adapter, "merged", allow_mismatch=True)
    assert "asked otherwise than it was trained" in (tmp_path / "out" / "README.md").read_text()


def test_a_check_writes_nothing(adapter: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    result = export(ExportParams(model=str(adapter), check=True), settings_for(tmp_path), RunReporter())
    assert result["parity"]["passed"]
    assert sorted(tmp_path.iterdir()) == before


def test_an_adapter_from_elsewhere_says_that_nobody_recorded_its_training(make_adapter: Maker, tmp_path: Path) -> None:
    result = exported(tmp_path, make_adapter("foreign", seed=2), "adapter")
    assert result["parity"]["passed"]
    assert result["lines"][0].startswith("Nobody recorded its training")


CONVERTER = """
import argparse, pathlib, json
parser = argparse.ArgumentParser()
parser.add_argument("model"), parser.add_argument("--outfile"), parser.add_argument("--outtype")
args = parser.parse_args()
config = json.loads((pathlib.Path(args.model) / "config.json").read_text())
template = (pathlib.Path(args.model) / "chat_template.jinja").read_text()
assert (pathlib.Path(args.model) / "model.safetensors").is_file()
if args.outtype == "q8_0": raise SystemExit("this converter knows no q8_0")
if args.outtype == "f32": raise NotImplementedError("BPE pre-tokenizer was not recognized")
if args.outtype == "auto": import a_package_that_nobody_has
pathlib.Path(args.outfile).write_text(config["model_type"] + args.outtype + template)
"""


def test_a_gguf_file_is_made_by_the_converter_that_the_setting_names(adapter: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "llama.cpp"
    checkout.mkdir()
    (checkout / "convert_hf_to_gguf.py").write_text(CONVERTER)
    settings = settings_for(tmp_path, llama_cpp_dir=checkout)
    exported(tmp_path, adapter, "gguf", settings, outtype="bf16")
    out = tmp_path / "out"
    assert (out / "out-bf16.gguf").read_text() == f"qwen2bf16{CHATML}"
    assert read_modelfile((out / "Modelfile").read_text()).source == "./out-bf16.gguf"
    assert not list(out.rglob("*.safetensors"))
    faults: dict[str, tuple[type[PipelineError], str]] = {
        "q8_0": (PipelineError, "this converter knows no q8_0"),
        "f32": (BadModel, "does not know this model's tokenizer"),
        "auto": (MissingDependency, "requirements-convert_hf_to_gguf.txt"),
    }
    for outtype, (kind, words) in faults.items():
        given = {"model": str(adapter), "form": "gguf", "output_dir": str(tmp_path / "second"), "outtype": outtype}
        with pytest.raises(kind, match=words):
            export(ExportParams.model_validate(given), settings, RunReporter())
    assert not (tmp_path / "second").exists()


def test_without_a_converter_one_is_told_where_to_get_it(
    adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(MissingDependency, match="set LLAMA_CPP_DIR"):
        exported(tmp_path, adapter, "gguf")
    with pytest.raises(MissingDependency, match=r"there is no convert_hf_to_gguf\.py"):
        exported(tmp_path, adapter, "gguf", settings_for(tmp_path, llama_cpp_dir=tmp_path))
    assert not (tmp_path / "out").exists()


def test_forms_that_do_not_fit_are_refused(small_model: Path, adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="is a whole model, no adapter"):
        exported(tmp_path, small_model, "adapter")
    (tmp_path / "out").mkdir()
    with pytest.raises(Conflict, match="exists already"):
        exported(tmp_path, adapter, "adapter")
