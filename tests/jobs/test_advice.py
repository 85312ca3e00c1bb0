"""A job that ran out of memory is offered a configuration that fits this machine by the estimate."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event
from threading import enumerate as enumerate_threads
from typing import Any

import pytest

from backend.core.environment.settings import Settings
from backend.core.params import TrainParams
from backend.core.runs.remedy import Remedy, remedy
from backend.jobs import advice, planning
from backend.jobs.advice import Adviser
from backend.jobs.machine import Gpu, machine
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.planning import plan
from backend.jobs.service import Service

GIB = 2**30


@pytest.fixture
def service(tmp_path: Path) -> Service:
    (tmp_path / "data").mkdir()
    rows = [{"input": "What is it?", "output": "word " * (40 * number)} for number in range(1, 40)]
    (tmp_path / "data" / "long.json").write_text(json.dumps(rows))
    return Service(Settings(data_dir=tmp_path / "data", model_output_dir=tmp_path / "models"))


def job_of(**given: Any) -> Job:
    params = TrainParams.model_validate(
        {
            "adapter_name": "a", "dataset_path": "long.json", "base_model_name": "Qwen/Qwen2.5-7B-Instruct",
            "per_device_train_batch_size": 16, "gradient_accumulation_steps": 1, "load_in_4bit": False,
            "max_length": 2048, **given,
        }
    )  # fmt: skip
    return Job(
        id="a", kind="train", name="a", status=JobStatus.failed, reason="cuda_oom", created_at=now(),
        params=params.model_dump(mode="json"),
    )  # fmt: skip


def with_a_gpu_of(gib: float, patch: pytest.MonkeyPatch) -> None:
    card = Gpu(
        index=0, name="a", memory_total_bytes=int(gib * GIB), memory_used_bytes=0, utilization_percent=None
    )  # fmt: skip
    for module in (advice, planning):
        patch.setattr(
            module, "machine", lambda folder: machine(folder).model_copy(update={"gpus": [card], "device": "cuda"})
        )


@pytest.mark.parametrize("gib", [9, 12, 16, 24, 48])
def test_what_is_offered_fits_by_the_estimate(gib: int, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_gpu_of(gib, monkeypatch)
    job = job_of()
    assert plan(service, TrainParams.model_validate(job.params)).memory.total_bytes > gib * GIB
    offered = Adviser(service).estimated(job)
    assert offered
    assert offered.params
    changed = TrainParams.model_validate({**job.params, **offered.params})
    assert plan(service, changed).memory.total_bytes <= 0.95 * gib * GIB
    assert changed.per_device_train_batch_size * changed.gradient_accumulation_steps == 16
    # More memory, fewer changes: four bit is only asked for where 16 do not fit.
    assert changed.load_in_4bit == (gib <= 16)


def test_no_knob_makes_a_large_base_fit_a_small_gpu(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_gpu_of(2, monkeypatch)
    offered = Adviser(service).estimated(job_of())
    assert offered
    assert offered.params == {}
    assert "smaller base model" in offered.sentence


def test_a_page_never_waits_for_the_estimate_and_it_is_made_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_gpu_of(8, monkeypatch)
    adviser, job = Adviser(service), job_of()
    may_go_on, ended, times = Event(), Event(), []

    def slowly(job: Job) -> Remedy | None:
        times.append(job.id)
        assert may_go_on.wait(30)
        found = Adviser(service).estimated(job)
        ended.set()
        return found

    monkeypatch.setattr(adviser, "estimated", slowly)
    first = adviser.advice(job)  # while the estimate is held up
    assert first == remedy(job.reason, job.params)
    may_go_on.set()
    assert ended.wait(30)
    for thread in [one for one in enumerate_threads() if one.name.endswith("(_count)")]:
        thread.join(30)
    assert adviser.advice(job) == Adviser(service).estimated(job) != first
    assert times == [job.id]


@pytest.mark.parametrize("lost", [{"dataset_path": "gone.json"}, {"base_model_name": "../outside"}])
def test_where_nothing_can_be_estimated_the_first_step_is_offered(lost: dict[str, Any], service: Service) -> None:
    offered = Adviser(service).estimated(job_of(**lost))
    assert offered
    assert offered.params == {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 2}


def test_other_ends_get_no_advice(service: Service) -> None:
    assert Adviser(service).advice(job_of().model_copy(update={"reason": "disk_full"})) is None
    assert Adviser(service).advice(job_of().model_copy(update={"kind": "download"})) is None
