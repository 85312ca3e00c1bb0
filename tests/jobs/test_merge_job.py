"""The service with the real recipe: adapters compared, merged, proved, registered and asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.registry import Adapter, AdapterRegistry
from backend.jobs.store import JobStore
from backend.main import create_app
from tests.service_kit import settings_in, until_ended

torch = pytest.importorskip("torch")

RANK = 4
TARGETS = ("q_proj", "v_proj", "down_proj")


def write_adapter(base: Path, folder: Path, seed: int) -> None:
    """An adapter of the base as PEFT writes it, of random numbers."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = LoraConfig(r=RANK, lora_alpha=8, target_modules=list(TARGETS), task_type="CAUSAL_LM")
    tuned = get_peft_model(model, config)
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(std=0.3)
    tuned.save_pretrained(folder)
    (folder / "run.json").write_text(json.dumps({"params": {"base_model_name": str(base)}}), encoding="utf-8")


@pytest.fixture
def client(tmp_path: Path, small_model: Path) -> TestClient:
    settings = settings_in(tmp_path)
    shutil.copytree(small_model, settings.model_output_dir / "small")
    registry = AdapterRegistry(settings.adapter_config_path)
    for seed, name in enumerate(("left", "right")):
        folder = settings.model_output_dir / name
        write_adapter(settings.model_output_dir / "small", folder, seed)
        base = str(settings.model_output_dir / "small")
        registry.add(Adapter(name=name, path=str(folder), base_model=base))
    return TestClient(create_app(settings, store=JobStore()))


def merge(client: TestClient, **body: Any) -> dict[str, Any]:
    given = {"adapters": ["left:0.7", "right:-0.3"], "output_dir": "both", "proof_prompts": 4, **body}
    answer = client.post("/merge", json=given)
    assert answer.status_code == 202, answer.text
    return until_ended(client, answer.json()["job_id"], seconds=180)


def test_adapters_are_compared_merged_proved_registered_and_asked(client: TestClient) -> None:
    with client:
        found = client.get("/adapters/compare", params={"adapters": ["left:0.7", "right:-0.3"]})
        assert found.status_code == 200, found.text
        comparison = found.json()
        assert [parent["ranks"] for parent in comparison["parents"]] == [[RANK], [RANK]]
        assert len(comparison["modules"]) == 2 * len(TARGETS)
        assert {pair["module"] for pair in comparison["pairs"]} == {layer["module"] for layer in comparison["modules"]}
        assert comparison["recommended"] == "sum"

        job = merge(client)
        assert job["status"] == "succeeded", job["logs"]
        assert (job["name"], job["result"]["kind"], job["result"]["registered"]) == ("both", "adapter", True)
        assert job["result"]["proof"]["passed"] is True
        listed = {adapter["name"]: adapter for adapter in client.get("/adapters").json()["adapters"]}
        assert listed["both"]["merged_from"] == [{"name": "left", "weight": 0.7}, {"name": "right", "weight": -0.3}]
        assert listed["both"]["proof"] == job["result"]["proof"]
        answer = client.post("/generate", json={"prompt": "What?", "adapter": "both", "max_new_tokens": 3})
        assert answer.status_code == 200, answer.text


def test_a_merge_that_falls_short_is_kept_aside_with_its_figures_and_served_to_nobody(
    client: TestClient, tmp_path: Path
) -> None:
    aside = tmp_path / "models" / "both.failed-proof"
    with client:
        for _ in range(2):  # the second try takes the first one's place
            job = merge(client, rank="1")
            assert (job["status"], job["reason"]) == ("failed", "exit_code"), job["logs"]
            assert "did not pass its proof" in job["error"]
            assert job["result"]["proof"]["passed"] is False
            assert Path(job["result"]["path"]) == aside
            assert (aside / "adapter_model.safetensors").is_file()
        assert not (tmp_path / "models" / "both").exists()
        assert not any("both" in model["id"] for model in client.get("/v1/models").json()["data"])


def test_the_comparison_passes_on_what_the_recipe_says_against_adapters(client: TestClient, tmp_path: Path) -> None:
    with client:
        (tmp_path / "models" / "right" / "adapter_model.safetensors").write_bytes(b"no tensors")
        refused = client.get("/adapters/compare", params={"adapters": ["left", "right"]})
        assert (refused.status_code, refused.json()["code"]) == (422, "corrupt_weights")
        assert "adapter_model.safetensors" in refused.json()["detail"]
