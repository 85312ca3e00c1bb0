"""The processes that a run starts itself: where they are, and that none outlives the main one, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.core.params import TrainParams
from backend.core.paths import PROJECT_ROOT
from backend.engine.processes import started
from backend.engine.processes.place import Place, place_of
from backend.engine.processes.started import Others
from tests.service_kit import until

HERE = Path(__file__).parent
LAUNCHERS = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "OMP_NUM_THREADS")


@pytest.fixture(autouse=True)
def _found_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_ROOT))


def params_of(folder: Path, description: str, **given: Any) -> TrainParams:
    return TrainParams(dataset_path="x", output_dir=str(folder), description=description, **given)


def told(folder: Path, *ranks: int) -> list[dict[str, Any]]:
    """What the processes of these ranks say, once they do."""
    files = [folder / f"{rank}.json" for rank in ranks]
    until(lambda: all(file.is_file() for file in files))
    return [json.loads(file.read_text()) for file in files]


def others_of(params: TrainParams) -> Others:
    return Others(place_of(params, {}), params, HERE / "other.py")


def test_each_has_its_place_and_the_run_s_parameters_and_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LAUNCHERS:
        monkeypatch.delenv(name, raising=False)
    params = params_of(tmp_path, "ends", num_processes=3)
    with others_of(params):
        assert [os.environ[name] for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")] == ["0", "3", "0"]
        meeting = os.environ["MASTER_PORT"]
        found = told(tmp_path, 1, 2)
    assert [(one["RANK"], one["WORLD_SIZE"], one["LOCAL_RANK"]) for one in found] == [("1", "3", "1"), ("2", "3", "2")]
    assert {one["MASTER_PORT"] for one in found} == {meeting}
    assert [TrainParams.model_validate(one["params"]) for one in found] == [params, params]
    assert not any(psutil.pid_exists(one["pid"]) for one in found)
    assert not set(LAUNCHERS) & set(os.environ)


def test_without_need_of_others_nothing_is_started_or_said(tmp_path: Path) -> None:
    before = dict(os.environ)
    with Others(Place(1, 2, 1, 2), params_of(tmp_path, "stays", num_processes=2), HERE / "other.py"):
        assert dict(os.environ) == before
    assert not list(tmp_path.iterdir())


def test_who_does_not_end_with_the_run_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(started, "NOTICE_SECONDS", 0.05)
    with others_of(params_of(tmp_path, "stays", num_processes=2)):
        (other,) = told(tmp_path, 1)
    assert not psutil.pid_exists(other["pid"])


def test_nobody_is_waited_for_who_was_never_met_when_the_run_fails(tmp_path: Path) -> None:
    pids = []

    def failing() -> None:
        with others_of(params_of(tmp_path, "stays", num_processes=2)):
            pids.extend(one["pid"] for one in told(tmp_path, 1))
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert not psutil.pid_exists(pids[0])


def first(folder: Path, description: str) -> subprocess.Popen[str]:
    """A main process of its own."""
    environ = {**os.environ, "PIPELINE_JOB_DIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, str(HERE / "first.py"), str(folder), description],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        ("dies", "of 3 (counted from 0) was ended by SIGKILL, as the system does with one for its memory."),
        ("fails", "of 3 (counted from 0) ended with exit code 3, and the run with it."),
    ],
)
def test_a_run_whose_work_does_not_notice_ends_with_one_that_is_gone(
    tmp_path: Path, description: str, sentence: str
) -> None:
    with first(tmp_path, description) as main:
        _, errors = main.communicate(timeout=30)
    assert main.returncode == 1, errors
    assert sentence in errors
    assert "Traceback" not in errors
    failure = json.loads((tmp_path / "failure.json").read_text())
    assert failure["reason"] == "signal"
    assert sentence in failure["message"]


def test_nobody_outlives_a_main_process_that_is_killed(tmp_path: Path) -> None:
    with first(tmp_path, "stays") as main:
        pids = [one["pid"] for one in told(tmp_path, 1, 2)]
        assert all(psutil.pid_exists(pid) for pid in pids)
        main.send_signal(signal.SIGKILL)
        main.communicate(timeout=30)
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids))
