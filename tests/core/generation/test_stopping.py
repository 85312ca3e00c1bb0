"""Runs that are killed, stopped or refused half-way: nothing lost, nothing twice, nothing half in the data folder."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest

from backend.core.data.shingles import normalised
from backend.core.errors import DiskFull
from backend.core.generation import publishing
from backend.core.storage.files import write_json
from tests.core.generation.kit import Folder, generate, served, start
from tests.llm_server.running import FakeServer, fake_server

SMALL = {"records": 30, "concurrency": 8, "kills": 2}
FULL = {"records": 200, "concurrency": 16, "kills": 3}
CAMPAIGN_TRIALS = 10


def kill_and_resume(
    data: Path, server: FakeServer, records: int, concurrency: int, kills: int, luck: random.Random
) -> Folder:
    """Kill a run at random moments, and let it finish."""
    given = {
        "topic": "physics", "num_examples": records, "concurrency": concurrency, "batch_size": 1, "quality_min": 1,
    }  # fmt: skip
    before: list[bytes] = []
    for _ in range(kills):
        process = start(data, server.url, **given)
        server.wait_for_arrivals(len(server.log()) + luck.randint(3, records // 3))
        process.kill()
        process.communicate()
        runs = list((data / "runs").iterdir()) if (data / "runs").is_dir() else []
        begun = [run for run in runs if (run / "config.json").exists()]
        if not begun:
            continue
        rows = begun[0] / "rows.jsonl"
        content = rows.read_bytes() if rows.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        assert not before or whole.startswith(before[-1]), "finished lines changed"
        before.append(whole)
        given = {"resume": begun[0].name, "concurrency": concurrency}
    process = start(data, server.url, **given)
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    made = Folder(data, process.returncode)
    assert (made.run / "rows.jsonl").read_bytes().startswith(before[-1])
    return made


def trial(data: Path, seed: int, *, records: int, concurrency: int, kills: int) -> None:
    """Everything that G6 asks of one run."""
    with fake_server(served("clean", latency=0.03, spread=0.5, seed=seed)) as server:
        made = kill_and_resume(data, server, records, concurrency, kills, random.Random(seed))
        log = server.log()
    assert len(made.records) == records
    assert len({normalised(record["input"]) for record in made.records}) == records
    rows = made.rows
    assert len({row.id for row in rows}) == len(rows)
    accepted = [row.slot for row in rows if row.status == "accepted"]
    assert sorted(accepted, key=lambda slot: slot or 0) == list(range(records))
    # An answer is kept once it stands in the journal; killed a moment before, it counts as under way.
    journal = [json.loads(line) for line in (made.run / "journal.jsonl").read_text().splitlines()]
    keys = Counter(line["key"] for line in journal if line["status"] == "ok")
    assert max(keys.values()) == 1, "an answer that was kept was asked for again"
    assert len(log) - len(keys) <= kills * concurrency


def test_killed_runs_lose_nothing_and_repeat_little(data: Path) -> None:
    """G6: kill -9, again and again: exact count, no row lost or doubled, at most what was under way asked again."""
    trial(data, 0, **SMALL)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(CAMPAIGN_TRIALS))
def test_killed_runs_of_the_full_size(data: Path, seed: int) -> None:
    """G6 with its own numbers: three kills, ten trials, 200 records, 16 at a time."""
    trial(data, seed, **FULL)


def test_whoever_lists_the_data_folder_sees_finished_datasets_only(data: Path) -> None:
    """G9: `data/*.json` every 10 ms during a run, split included: only complete, valid datasets."""
    data.mkdir()
    seen: list[tuple[str, int]] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            for path in data.glob("*.json"):
                records = json.loads(path.read_text(encoding="utf-8"))
                assert all(record["input"] and record["output"] for record in records)
                seen.append((path.name, len(records)))

    with fake_server(served("messy", latency=0.02)) as server:
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            made = generate(data, server.url, topic="physics", num_examples=30, split=0.2)
        finally:
            ended.set()
            watcher.join()
    assert made.code == 0
    sizes = {path.name: len(json.loads(path.read_text())) for path in made.datasets}
    assert set(seen) <= set(sizes.items())
    assert sum(sizes.values()) == 30


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(data: Path) -> None:
    with fake_server(served("clean", latency=0.2)) as server:
        process = start(data, server.url, topic="physics", num_examples=40, batch_size=1)
        server.wait_for_arrivals(5)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=20)
        assert process.returncode == 130, told
        assert "--resume" in told
        name = Folder(data, 0).run.name
        assert json.loads((data / "runs" / name / "state.json").read_text())["status"] == "cancelled"
        assert list(data.glob("*.json")) == []
        made = generate(data, server.url, resume=name)
    assert made.code == 0
    assert len(made.records) == 40


def test_a_reached_call_limit_stops_resumably(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with fake_server(served("clean")) as server:
        stopped = generate(data, server.url, topic="physics", num_examples=40, max_calls=5)
        assert stopped.code == 4
        assert stopped.datasets == []
        assert "Go on with: python dataset_generator.py --resume" in capsys.readouterr().err
        made = generate(data, server.url, resume=stopped.run.name, max_calls=100)
    assert made.code == 0
    assert len(made.records) == 40


def test_an_exhausted_run_that_is_resumed_is_tried_again(data: Path) -> None:
    with fake_server(served("thirty")) as server:
        short = generate(data, server.url, topic="physics", num_examples=40)
    assert short.code == 3
    with fake_server(served("clean")) as server:
        made = generate(data, server.url, resume=short.run.name)
        assert len(server.log()) <= 10
    assert made.code == 0
    assert len(made.records) == 40


def test_a_small_context_is_met_by_smaller_requests(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with fake_server(served("clean", always={"Write 5 records": "too_long"})) as server:
        made = generate(data, server.url, topic="physics", num_examples=30)
    assert made.code == 0
    assert made.report["failed_requests"] == {"too_long": made.report["rejected"]["call_failed"] // 5}


@pytest.mark.parametrize(
    ("fault", "words"),
    [("401", "refuses the key"), ("404", "does not know the model"), ("quota", "no money or quota")],
)
def test_a_service_that_cannot_go_on_ends_with_4_at_once(
    data: Path, fault: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with fake_server(served("clean", after=(3, fault))) as server:
        stopped = generate(data, server.url, topic="physics", num_examples=60, batch_size=1, concurrency=4)
        assert len(server.log()) <= 3 + 4
    assert stopped.code == 4
    assert words in capsys.readouterr().err


def test_another_process_on_the_run_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with fake_server(served("clean", latency=0.3)) as server:
        process = start(data, server.url, topic="physics", num_examples=30, batch_size=1)
        server.wait_for_arrivals(4)
        second = generate(data, server.url, resume=Folder(data, 0).run.name)
        process.kill()
        process.communicate()
    assert second.code == 2
    assert "Another process" in capsys.readouterr().err


def test_a_run_with_other_parameters_or_files_is_not_gone_on_with(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("# Notes\n\n" + "Light is a wave and a particle. " * 20)
    with fake_server(served("clean")) as server:
        stopped = generate(
            data, server.url, topic="light", num_examples=30, documents=[str(notes)], max_calls=1, batch_size=1
        )
        assert stopped.code == 4
        other = generate(data, server.url, resume=stopped.run.name, num_examples=31)
        assert other.code == 2
        assert "num_examples (30 before)" in capsys.readouterr().err
        notes.write_text("# Notes\n\n" + "Sound is a wave in matter. " * 20)
        changed = generate(data, server.url, resume=stopped.run.name)
        assert changed.code == 2
        assert "notes.md changed" in capsys.readouterr().err
        assert generate(data, server.url, resume="nothing").code == 2
        assert "There is no 'nothing'" in capsys.readouterr().err


def test_a_torn_and_a_damaged_line_cost_only_themselves(data: Path) -> None:
    with fake_server(served("clean")) as server:
        stopped = generate(data, server.url, topic="physics", num_examples=20, batch_size=1, max_calls=14)
        assert stopped.code == 4
        rows = stopped.run / "rows.jsonl"
        lines = rows.read_bytes().splitlines(keepends=True)
        rows.write_bytes(lines[0] + b"\x00\xff no json\n" + b"".join(lines[1:]) + lines[1][:20])
        made = generate(data, server.url, resume=stopped.run.name, max_calls=100)
    assert made.code == 0
    assert len(made.records) == 20
    assert (made.run / "rows.jsonl.corrupt").exists()


def test_a_disk_that_is_full_at_the_end_publishes_no_half_of_a_split(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path, value: object) -> None:
        if path.stem.endswith("_test"):
            raise DiskFull("No room left on the disk.")
        write_json(path, value)

    monkeypatch.setattr(publishing, "write_json", full)
    stopped = generate(data, topic="physics", num_examples=20, split=0.3, mock="true")
    assert stopped.code == 4
    assert stopped.datasets == []
    assert "resume the run" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setenv("DATA_DIR", str(data))
    made = generate(data, resume=stopped.run.name)
    assert made.code == 0
    assert sum(len(json.loads(path.read_text())) for path in made.datasets) == 20


def test_a_run_killed_while_it_published_finds_its_part_and_goes_on(data: Path) -> None:
    made = generate(data, topic="physics", num_examples=20, split=0.3, mock="true")
    first, second = made.datasets
    before = first.read_bytes()
    second.unlink()
    again = generate(data, resume=made.run.name)
    assert again.code == 0
    assert first.read_bytes() == before
    assert second.exists()
    first.write_text("[]")
    assert generate(data, resume=made.run.name).code == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a small file system")
def test_a_full_disk_stops_resumably_and_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        monkeypatch.setenv("DATA_DIR", str(small / "data"))
        with fake_server(served("clean")) as server:
            made = generate(small / "data", server.url, topic="physics", num_examples=400)
        assert made.code == 4
        assert made.datasets == []
    finally:
        subprocess.run(["umount", str(small)], check=False)
