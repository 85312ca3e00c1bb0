"""A base that the processes hold together: what its run may ask for, and the adapter in one piece again.

FSDP on GPUs cannot be had here; PyTorch's own FSDP shards on processors too, with the units that PEFT's policy makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file

from backend.core.errors import InvalidInput
from backend.core.params import TrainParams
from backend.engine.device import Device
from backend.engine.processes import sharding
from backend.engine.processes.place import is_sharded
from tests.engine.unpadded.models import ARCHITECTURES, adapted, examples
from tests.reliability.training_kit import _context

FSDP = {"ACCELERATE_USE_FSDP": "true"}
ZERO_3 = {"ACCELERATE_USE_DEEPSPEED": "true", "ACCELERATE_DEEPSPEED_ZERO_STAGE": "3"}
CARD = Device("cuda", torch.bfloat16, "")


def params_of(**given: Any) -> TrainParams:
    return TrainParams(dataset_path="x", adapter_name="x", **given)


def launched(patch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    for name, value in environ.items():
        patch.setenv(name, value)


def test_a_run_is_sharded_where_the_launcher_says_so() -> None:
    assert is_sharded(FSDP)
    assert is_sharded(ZERO_3)
    assert not is_sharded({})
    assert not is_sharded({**ZERO_3, "ACCELERATE_DEEPSPEED_ZERO_STAGE": "2"})
    assert sharding.for_sharding(params_of(), CARD) == params_of()
    assert sharding.sentences(params_of()) == []


@pytest.mark.parametrize("environ", [FSDP, ZERO_3])
def test_packed_weights_are_kept_in_the_type_of_the_others(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    launched(monkeypatch, environ)
    params = sharding.for_sharding(params_of(), CARD)
    assert (params.bnb_4bit_quant_storage, params.padding_free, params.sample_questions) == ("bfloat16", "no", 0)
    (told,) = sharding.sentences(params)
    assert "4-bit weights are kept as bfloat16" in told


@pytest.mark.parametrize(
    "asked",
    [
        {"bnb_4bit_quant_storage": "float32"}, {"auto_find_batch_size": True}, {"padding_free": "yes"},
        {"optim": "paged_adamw_8bit"}, {"load_in_8bit": True}, {"measured_steps": 4, "dry_run": True},
        {"early_stopping_patience": 2, "validation_split": 0.5},
    ],
)  # fmt: skip
def test_what_needs_the_base_in_one_piece_is_refused(monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]) -> None:
    launched(monkeypatch, FSDP)
    name = next(iter(asked))
    with pytest.raises(InvalidInput, match=f"{name}={asked[name]}: not where FSDP or DeepSpeed") as refused:
        sharding.for_sharding(params_of(**asked), CARD)
    assert refused.value.field == name


def test_a_processor_cannot_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    launched(monkeypatch, FSDP)
    with pytest.raises(InvalidInput, match="device=cpu"):
        sharding.for_sharding(params_of(), Device("cpu", torch.float32, ""))


def test_the_adapter_is_saved_whole_from_the_parts_of_two_processes(tmp_path: Path) -> None:
    adapted(ARCHITECTURES["llama"]).save_pretrained(str(tmp_path / "whole"))
    processes = [_context().Process(target=_save_sharded, args=(rank, str(tmp_path))) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    whole, saved = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "sharded"))
    assert whole.keys() == saved.keys()
    assert all(torch.equal(whole[name], saved[name]) for name in whole)
    configs = [json.loads((tmp_path / name / "adapter_config.json").read_text()) for name in ("whole", "sharded")]
    for config in configs:
        config["target_modules"].sort()  # a set, in another order in each process
    assert configs[0] == configs[1]
    assert float((tmp_path / "loss").read_text()) == pytest.approx(_loss(adapted(ARCHITECTURES["llama"])), rel=1e-5)


def _loss(model: Any) -> float:
    (one,) = examples(1)
    ids, labels = (torch.tensor([one[name]]) for name in ("input_ids", "labels"))
    with torch.no_grad():
        return float(model(input_ids=ids, labels=labels).loss)


def _save_sharded(rank: int, folder: str) -> None:
    """The body of a process: shards the model as the Trainer has accelerate do, uses it, and saves the adapter."""
    import torch.distributed as dist
    from peft.utils.other import fsdp_auto_wrap_policy
    from torch.distributed.fsdp import FullyShardedDataParallel

    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    model = adapted(ARCHITECTURES["llama"])
    sharded = FullyShardedDataParallel(
        model, auto_wrap_policy=fsdp_auto_wrap_policy(model), device_id=torch.device("cpu"), use_orig_params=False
    )
    assert sum(weight.numel() for weight in sharded.parameters()) < 0.6 * sum(
        weight.numel() for weight in adapted(ARCHITECTURES["llama"]).parameters()
    )
    loss = _loss(sharded)
    weights = sharding.whole_adapter(sharded)
    assert weights is not None
    assert bool(weights) is (rank == 0)
    if rank == 0:
        Path(folder, "loss").write_text(str(loss))
        Path(folder, "sharded").mkdir()
        sharding.save_adapter(model, weights, Path(folder, "sharded"))
    with torch.no_grad():
        for weight in sharded.parameters():
            weight.mul_(1 + weight.requires_grad)
    assert _loss(sharded) != loss
    sharding.load_adapter(sharded, Path(folder, "whole"))
    assert _loss(sharded) == loss
    dist.barrier()
    dist.destroy_process_group()
