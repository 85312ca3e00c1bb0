"""`eval.py` as a process that is killed, interrupted, or has no way out."""

from __future__ import annotations

import json
import logging
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.evaluation.judges import grade_by_number
from tests.llm_server import FakeServer, Plan, fake_server
from tests.recipes.judging import JUDGES, ROOT, environment, predictions, program, rows, summary, the_run

logger = logging.getLogger(__name__)

PLACES, KILLS = 16, 3
FEW, MANY, TRIALS = 60, 200, 10


def begin(file: Path, server: FakeServer, out: Path, *more: object) -> subprocess.Popen[str]:
    return program(
        "--predictions", file, "--mode", "single", "--openai_api_base", server.url, "--concurrency", PLACES,
        "--output_dir", out, *more,
    )  # fmt: skip


def test_a_killed_run_loses_nothing_and_asks_little_twice(tmp_path: Path) -> None:
    """E12: three kills; lost 0, twice 0, re-asked at most kills x places, finished lines unchanged, the same end."""
    kill_three_times(tmp_path, FEW, 0)


@pytest.mark.campaign
@pytest.mark.parametrize("trial", range(TRIALS))
def test_ten_killed_runs_of_two_hundred_items(trial: int, tmp_path: Path) -> None:
    """E12, with the numbers it was asked with."""
    kill_three_times(tmp_path, MANY, trial)


def kill_three_times(tmp_path: Path, items: int, trial: int) -> None:
    draw = random.Random(trial)
    file, out = predictions(tmp_path / "p.json", items), tmp_path / "evaluation"
    with fake_server(Plan(answerer=f"{JUDGES}:by_number", latency=0.05)) as server:
        process = begin(file, server, out)
        kept = b""
        for number in range(KILLS):
            server.wait_for_arrivals((number + 1) * (items + 12) // (KILLS + 1) + draw.randrange(5))
            process.kill()
            process.communicate()
            run = the_run(out)
            journal = (run / "journal.jsonl").read_bytes() if (run / "journal.jsonl").exists() else b""
            whole = journal[: journal.rfind(b"\n") + 1]
            assert whole.startswith(kept)
            kept = whole
            process = program("--resume", run, "--openai_api_base", server.url, "--concurrency", PLACES)
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
        asked = len(server.log())
    run = the_run(out)
    assert (run / "journal.jsonl").read_bytes().startswith(kept)
    keys = [row["key"] for row in rows(run, "journal.jsonl") if row["status"] == "ok"]
    assert len(keys) == len(set(keys)) == items + 12
    logger.info("re-asked %d of %d in %d kills", asked - (items + 12), KILLS * PLACES, KILLS)
    assert asked - (items + 12) <= KILLS * PLACES
    assert [row["score"] for row in rows(run)] == [grade_by_number(n) for n in range(items)]
    undisturbed = undisturbed_summary(tmp_path, file)
    end = summary(run)
    for name in ("score", "criteria", "coverage", "bounds", "pass_rate", "reference_metrics", "health", "errors"):
        assert end[name] == undisturbed[name], name


def undisturbed_summary(tmp_path: Path, file: Path) -> dict[str, object]:
    with fake_server(Plan(answerer=f"{JUDGES}:by_number")) as server:
        process = begin(file, server, tmp_path / "undisturbed")
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
    return summary(the_run(tmp_path / "undisturbed"))


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.campaign)])
def test_an_interrupted_run_ends_soon_and_can_be_resumed(number: signal.Signals, tmp_path: Path) -> None:
    """E14: state `cancelled`, exit 130; the answers under way have half a minute left, and nobody waits for them."""
    file, out = predictions(tmp_path / "p.json", 40), tmp_path / "evaluation"
    with fake_server(Plan(answerer=f"{JUDGES}:by_number", latency=30.0)) as server:
        process = begin(file, server, out)
        server.wait_for_arrivals(PLACES)
        process.send_signal(number)
        process.communicate(timeout=20)
    assert process.returncode == 130
    run = the_run(out)
    assert json.loads((run / "state.json").read_text())["status"] == "cancelled"
    assert not (run / "summary.json").exists()
    with fake_server(Plan(answerer=f"{JUDGES}:by_number")) as server:
        process = program("--resume", run, "--openai_api_base", server.url)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert summary(run)["coverage"] == 1.0


def test_without_a_key_nothing_is_asked_and_nothing_written(tmp_path: Path) -> None:
    """E6: exit 2 before any request, with the name of the variable."""
    file = predictions(tmp_path / "p.json", 3)
    process = program("--predictions", file, "--mode", "single", "--output_dir", tmp_path / "evaluation")
    _, told = process.communicate(timeout=60)
    assert (process.returncode, "OPENAI_API_KEY is not set" in told) == (2, True), told
    assert not (tmp_path / "evaluation").exists()


def permitted(*alone: str) -> bool:
    """Whether this machine lets us start a program so much alone."""
    try:
        return subprocess.run([*alone, "true"], env=environment(), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_mock_needs_no_network_at_all(tmp_path: Path) -> None:
    """E6: success in a network namespace without interfaces."""
    alone = ("unshare", "--map-root-user", "--net")
    try:
        possible = (
            subprocess.run([*alone, "true"], env=environment(), capture_output=True, check=False).returncode == 0
        )
    except FileNotFoundError:
        possible = False
    if not possible:
        pytest.skip("this machine lets nobody make a network namespace")
    file = predictions(tmp_path / "p.json", 10)
    process = program("--predictions", file, "--mock", "--output_dir", tmp_path / "evaluation", before=alone)
    out, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert "MOCK" in out
    assert summary(the_run(tmp_path / "evaluation"))["mock"] is True


def test_two_processes_on_one_run(tmp_path: Path) -> None:
    """E13: the second one ends with 2 and touches nothing."""
    file, out = predictions(tmp_path / "p.json", 20), tmp_path / "evaluation"
    with fake_server(Plan(answerer=f"{JUDGES}:by_number", latency=20.0)) as server:
        first = begin(file, server, out)
        server.wait_for_arrivals(PLACES)
        second = program("--resume", the_run(out), "--openai_api_base", server.url)
        _, told = second.communicate(timeout=60)
        first.kill()
        first.communicate()
    assert (second.returncode, "Another process" in told) == (2, True), told
    assert the_run(out).exists()


ALONE = ("unshare", "--map-root-user", "--mount")
FULL_AND_FREED = """
set -u
mount -t tmpfs -o size=100k tmpfs "$1"
"$2" eval.py --predictions "$3" --mock --output_dir "$1"; echo "exit $?"
ls "$1"/run_*
mount -o remount,size=50m "$1"
"$2" eval.py --resume "$1"/run_* --mock; echo "exit $?"
ls "$1"/run_*
"""


def test_a_full_disk_stops_the_run_and_with_room_it_goes_on(tmp_path: Path) -> None:
    """E13: exit 4, no traceback, nothing that looks finished; resumed, it is."""
    if not permitted(*ALONE):
        pytest.skip("this machine lets nobody mount a small disk")
    file, place = predictions(tmp_path / "p.json", 200), tmp_path / "small"
    place.mkdir()
    done = subprocess.run(
        [*ALONE, "sh", "-c", FULL_AND_FREED, "sh", str(place), sys.executable, str(file)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    _, _, after = done.stdout.partition("exit 4\n")
    assert after, done.stdout + done.stderr
    assert "make room, then resume the run" in done.stderr
    assert "Traceback" not in done.stderr
    assert "summary.json" not in after.partition("exit 0")[0]
    assert "summary.json" in after.partition("exit 0")[2]
