"""What every test starts from: no variables of the developer's, no network, no state of the checkout."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.core.environment.settings import Settings
from backend.core.params import EvaluationParams, GenerationParams, InferenceParams, MergeParams, TrainParams
from tests import campaign

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Before torch is imported: idle threads that spin make several processes on few cores many times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

MEMORY = Path("/dev/shm")
_KINDS = (Settings, TrainParams, InferenceParams, EvaluationParams, MergeParams, GenerationParams)
_VARIABLES = {name.upper() for kind in _KINDS for name in kind.model_fields}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in _VARIABLES & set(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIPELINE_ENV_FILE", str(tmp_path / ".env"))
    monkeypatch.setenv("RUN_NICENESS", "0")  # here it is the runs that are waited for, beside other tests
    return


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the machine has one: flushing a file there takes no time."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long campaigns run when they are asked for."""
    if not campaign.IS_FULL:
        for item in items:
            if item.get_closest_marker("campaign"):
                item.add_marker(pytest.mark.skip(reason="a campaign: CAMPAIGN=1 runs it"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures that the checks told."""
    if lines := campaign.told():
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)


CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WORDS = "What is the unit of force? It is newton. Who found gravity law of motion and light energy mass 0123456789"


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a two-layer Qwen2 of random weights and a byte-level tokenizer: loads like any real model."""
    torch = pytest.importorskip("torch")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(
        [WORDS],
        trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=CHATML
    )
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            tie_word_embeddings=True,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=None,
        )
    )
    folder = tmp_path_factory.mktemp("small_model")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen questions with answers, as a dataset file."""
    rows = [{"input": f"What is the unit of force {n}?", "output": f"It is newton {n}."} for n in range(16)]
    path = tmp_path_factory.mktemp("data") / "questions.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


Maker = Callable[..., Path]


@pytest.fixture
def make_adapter(small_model: Path, tmp_path: Path) -> Maker:
    """Saves an adapter with random factors: `make_adapter("name", seed=1, r=4, ...)`, LoraConfig's own arguments."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    def make(name: str, *, seed: int, base: Path = small_model, **config: Any) -> Path:
        torch.manual_seed(seed)
        given = {"r": 4, "lora_alpha": 16, "target_modules": "all-linear", "task_type": "CAUSAL_LM", **config}
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), LoraConfig(**given))
        for key, weight in model.named_parameters():
            if "lora_B" in key:
                torch.nn.init.normal_(weight, std=0.2)
            if "lora_magnitude" in key:
                weight.data *= 1 + 0.3 * torch.rand_like(weight)
        model.save_pretrained(str(tmp_path / name))
        return tmp_path / name

    return make
