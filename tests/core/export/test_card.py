"""The card of an export, word for word, and the commands that serve it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.core.export.card import model_card, plain_params
from backend.core.export.serving import ollama, serving_page, vllm_with_adapter, vllm_with_model

RECORD: dict[str, Any] = {
    "name": "physics",
    "form": "adapter",
    "base": {"name": "Qwen/Qwen2.5-0.5B-Instruct", "hub_id": "Qwen/Qwen2.5-0.5B-Instruct", "commit": "7ae5576"},
    "dataset": {"name": "physics_qa.json", "sha256": "ab12", "examples": 1200},
    "lora": {"r": 16, "lora_alpha": 32, "use_rslora": True, "use_dora": False, "target_modules": ["k_proj", "q_proj"]},
    "params": {"learning_rate": 2e-4, "lora_target_modules": ["all-linear"], "seed": 42, "system_prompt": "a|b\nc"},
    "scores": {"final_loss": 0.25, "perplexity": 1.5, "seconds": 60.0},
    "merged_from": [],
    "description": "",
    "template": {"name": "tokenizer", "system_prompt": "Be brief."},
    "parity": {"passed": True, "compared": {"chat": 12, "tokenizer": 12}, "different": 0},
}

CARD = """---
license: apache-2.0
base_model: "Qwen/Qwen2.5-0.5B-Instruct"
base_model_relation: adapter
library_name: peft
pipeline_tag: text-generation
tags: [lora]
---

# physics

A LoRA adapter for `Qwen/Qwen2.5-0.5B-Instruct`.

| | |
|---|---|
| base model | `Qwen/Qwen2.5-0.5B-Instruct` at `7ae5576` |
| data | `physics_qa.json`, 1,200 examples, SHA-256 `ab12` |
| LoRA | r 16, alpha 32, k_proj q_proj, rsLoRA |
| licence | apache-2.0 |

## Parameters

| | |
|---|---|
| `learning_rate` | 0.0002 |
| `lora_target_modules` | ["all-linear"] |
| `seed` | 42 |
| `system_prompt` | a\\|b c |

## Scores

| | |
|---|---|
| `final_loss` | 0.25 |
| `perplexity` | 1.5 |

## How it is asked

Conversations are laid out by the tokenizer template, which is saved with the tokenizer.
It was trained under the system prompt "Be brief.".
Checked on 24 prompts: the tokens are those that it was trained on.
"""


def test_the_card_of_an_adapter() -> None:
    assert model_card(RECORD, "apache-2.0") == CARD


def test_the_card_of_a_merged_model_whose_base_is_not_on_the_hub() -> None:
    record = deepcopy(RECORD)
    record |= {
        "form": "merged", "base": {"name": "tiny", "hub_id": None, "commit": None}, "dataset": None, "lora": None,
        "merged_from": [{"name": "a", "weight": 0.7}, {"name": "b", "weight": -0.4}], "description": "Two in one.",
        "parity": {"passed": False, "compared": {"chat": 12}, "different": 3},
    }  # fmt: skip
    card = model_card(record)
    assert yaml.safe_load(card.split("---")[1]) == {
        "library_name": "transformers", "pipeline_tag": "text-generation", "tags": ["fine-tuned"],
    }  # fmt: skip
    assert "\nTwo in one.\n" in card
    assert "| merged from | `a` × 0.7, `b` × -0.4 |" in card
    assert "| licence | not decided: the base's and the data's terms decide it |" in card
    assert "**It is asked otherwise than it was trained** in 3 of the checked prompts." in card


def test_no_place_of_a_machine_is_told() -> None:
    given = {"dataset_path": "q.json", "output_dir": "m", "base_model_name": "/home/me/base", "seed": 42, "optim": ""}
    assert plain_params(given) == {"seed": 42}


@pytest.mark.parametrize(("rank", "room"), [(1, 8), (8, 8), (9, 16), (64, 64), (500, 512)])
def test_vllm_is_given_room_for_the_rank(rank: int, room: int) -> None:
    command = vllm_with_adapter("Qwen/Qwen2.5-0.5B-Instruct", "physics", Path("/m/a b"), rank)
    assert command is not None
    assert f"--max-lora-rank {room}" in command
    assert "--lora-modules 'physics=/m/a b'" in command
    assert "--chat-template '/m/a b/chat_template.jinja'" in command


def test_a_rank_that_vllm_does_not_take_has_no_command() -> None:
    assert vllm_with_adapter("b", "n", Path("/m"), 513) is None


def test_the_page_of_commands() -> None:
    page = serving_page(
        "physics", [("vLLM", vllm_with_model("physics", Path("/m"))), ("Ollama", ollama("p", Path("/m")))]
    )
    assert page.count("```bash") == 2
    assert "ollama create p -f /m/Modelfile\nollama run p" in page
