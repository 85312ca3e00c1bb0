"""Stands in for `train.py`: reads its true parameters, tells the same things in the same files, and learns nothing.

The adapter's name up to its first hyphen says how the run goes; any other name is `quick`. For a name that is to look
like a real one, `plays.json` beside the state folder says it: {"support-tone": "slow"}.

    quick       200 steps (or `max_steps`) at once; a published, registered adapter
    slow        a step each 50 ms and no last one until its cue, which has it hurry; TERM: a checkpoint, and the end;
                asked to finish: the end, with an adapter
    long        50,000 points (or `max_steps`) at once, then one each 50 ms until its cue
    talky       100,000 lines (or `max_steps`) at once, then 500 a second until its cue
    messy       a progress bar, colours, a line of a megabyte, broken UTF-8, markup, other scripts, half a line
    diverging   quick, but the loss is below zero up to step 20, and no number from step 61 on
    truncated   its log is cut to nothing in the middle and begun anew
    oom         the GPU runs out of memory after 20 steps
    crash       an error of ours after 20 steps, with its trace
    deaf        as slow, but TERM is ignored

A cue is a file of the adapter's name in `cues`, beside the state folder.
"""

from __future__ import annotations

# ruff: noqa: T201
import itertools
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from backend.core.errors import GpuOutOfMemory, Stopped
from backend.core.process import guarded
from backend.core.runs.checkpoints import give_name, seal
from backend.core.runs.events import RunReporter
from backend.core.runs.folder import RunFolder
from backend.core.runs.request import is_asked_to_finish
from tests.browser import curves
from tests.browser.adapters import register, write_adapter

PARAMS: dict[str, Any] = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
NAME: str = PARAMS["adapter_name"]
STATE = Path(os.environ["STATE_DIR"])
CUE = STATE.parent / "cues" / NAME
STEP_SECONDS = 0.05
STEPS_TO_FAILURE = 20
ANSWERS_EVERY = 50


Alter = Callable[[dict[str, Any]], dict[str, Any]]


class FinishedEarly(Exception):
    """It was asked to end and keep what it has."""


class Run:
    """One start of a run: where it stands, and what it has told."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.reporter = RunReporter(folder.partial)
        self.job = self.reporter.job_dir or folder.partial
        self.done = folder.checkpoint.step if folder.checkpoint else 0
        self.total = self.done
        self.to_answer = self.done
        self.is_asked_to_stop = False
        signal.signal(signal.SIGTERM, self._on_signal)

    def steps(
        self, total: int, *, up_to: int | None = None, seconds: float = 0.0, alter: Alter = lambda row: row
    ) -> None:
        """Train from where it stands, with each row altered; a stop is honoured between two steps."""
        self.total, last = total, total if up_to is None else up_to
        self.answer(0)
        for row in curves.rows(NAME, total, first=self.done + 1, began=time.time(), seconds_per_step=0.01):
            if row["step"] > last:
                return
            self.done = row["step"]
            self.reporter.metrics(alter(row))
            self.answer(self.done)
            self.reporter.progress("training", self.done, total, round((total - self.done) * max(seconds, 0.01), 1))
            print(curves.line(row, total), flush=True)
            time.sleep(0 if CUE.exists() else seconds)
            self.stop_if_asked()

    def answer(self, step: int) -> None:
        """Tell sample answers every fifty steps, each at its step once."""
        if step % ANSWERS_EVERY == 0 and step >= self.to_answer:
            self.to_answer = step + 1
            for row in curves.answers(step):
                self.reporter.sample(row)

    def wait(self) -> None:
        """Until the cue."""
        while not CUE.exists():
            self.stop_if_asked()
            time.sleep(0.02)

    def stop_if_asked(self) -> None:
        """As the real one: a checkpoint, then the end with code 4; asked to finish, no further step."""
        if not self.is_asked_to_stop and is_asked_to_finish(self.job) and self.done:
            raise FinishedEarly
        if not self.is_asked_to_stop:
            return
        made = self.folder.saving / f"checkpoint-{self.done}"
        made.mkdir(parents=True)
        (made / "trainer_state.json").write_text(json.dumps({"global_step": self.done}), encoding="utf-8")
        seal(made, self.folder.identity)
        give_name(made, self.folder.checkpoints)
        print("Stopping after this step and saving a checkpoint ...", flush=True)
        raise Stopped(f"Stopped after step {self.done}; continue with --resume.")

    def _on_signal(self, *_: object) -> None:
        self.is_asked_to_stop = True


def quick(run: Run) -> None:
    run.steps(_total(200))


def slow(run: Run) -> None:
    total = _total(1000)
    run.steps(total, up_to=total - 1, seconds=STEP_SECONDS)
    run.wait()
    run.steps(total)


def long(run: Run) -> None:
    points = _total(50_000)
    every = 10 * points
    for folder in (run.folder.partial, run.job):
        with (folder / "metrics.jsonl").open("a", encoding="utf-8") as stream:
            told = itertools.islice(curves.rows(NAME, every, first=run.done + 1, began=time.time()), points)
            stream.writelines(json.dumps(row) + "\n" for row in told)
    run.done = points
    while not CUE.exists():
        run.steps(every, up_to=run.done + 1, seconds=STEP_SECONDS)


def talky(run: Run) -> None:
    run.reporter.progress("training", 1, 100)
    lines = _total(100_000)
    sys.stdout.writelines(f"{number:>7}  {_sentence(number)}\n" for number in range(lines))
    sys.stdout.flush()
    while not CUE.exists():
        sys.stdout.writelines(f"{number:>7}  {_sentence(number)}\n" for number in range(lines, lines + 25))
        sys.stdout.flush()
        lines += 25
        run.stop_if_asked()
        time.sleep(0.05)
    run.steps(100)


def messy(run: Run) -> None:
    out = sys.stdout.buffer
    out.write("".join(f"\rEpoch 1: {share:3d}%|{'█' * (share // 5):<20}|" for share in range(101)).encode() + b"\n")
    out.write(b"\x1b[1;31mred and bold\x1b[0m plain \x1b]0;title\x07 \x1b[2K\x1b[1Abehind\n")
    out.write(b"x" * 1_000_000 + b" the end of a long line\n")
    out.write(b"broken \xff\xfe\xc3\x28 UTF-8 \xf0\x9f\n")
    out.write("<script>window.owned = 1</script><img src=x onerror=alert(1)> ψ = ∑ 🙂 مرحبا 你好\n".encode())
    out.flush()
    run.steps(_total(60))
    out.write(b"half a line without an end")
    out.flush()


def diverging(run: Run) -> None:
    def alter(row: dict[str, Any]) -> dict[str, Any]:
        lost = {name: math.nan for name in ("loss", "eval_loss") if name in row and row["step"] > 60}
        below = {"loss": -row["loss"]} if "loss" in row and row["step"] <= 20 else {}
        return {**row, **below, **lost}

    run.steps(_total(100), alter=alter)


def truncated(run: Run) -> None:
    run.steps(100, up_to=50)
    os.truncate(run.job / "log.txt", 0)
    print("The log begins anew.", flush=True)
    run.wait()
    run.steps(100)


def oom(run: Run) -> None:
    run.steps(200, up_to=STEPS_TO_FAILURE)
    raise GpuOutOfMemory(
        "The GPU ran out of memory (CUDA out of memory. Tried to allocate 2.32 GiB.). Lower "
        "per_device_train_batch_size and raise gradient_accumulation_steps by the same factor, lower max_length, or "
        "set gradient_checkpointing."
    )


def crash(run: Run) -> None:
    run.steps(200, up_to=STEPS_TO_FAILURE)
    raise RuntimeError("expected all tensors on one device, found cuda:0 and cpu")


def deaf(run: Run) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    slow(run)


PLAYS = {play.__name__: play for play in (quick, slow, long, talky, messy, diverging, truncated, oom, crash, deaf)}


def main() -> None:
    """The story of `train.py` without the learning."""
    settings = {name: Path(os.environ[name]) for name in ("MODEL_OUTPUT_DIR", "ADAPTER_CONFIG_PATH")}
    target = settings["MODEL_OUTPUT_DIR"] / NAME
    # Given to a resume by the service; nothing of it may count as changed.
    identity = {key: value for key, value in PARAMS.items() if key not in ("resume", "resume_with_changes")}
    began = time.monotonic()
    with RunFolder(target, identity, resume=PARAMS["resume"]) as folder:
        run = Run(folder)
        run.reporter.progress("loading the base model")
        print("480 examples, 20,640 tokens (43 each); none is cut off at 512 tokens.", flush=True)
        with suppress(FinishedEarly):
            PLAYS[_play()](run)
        run.reporter.progress("saving", run.done, run.done)
        result = {
            **curves.result(NAME, target, _last_rows(folder.partial), time.monotonic() - began),
            "planned_steps": run.total,
            "stopped_early": run.done < run.total,
            "stopped_at_step": run.done if run.done < run.total else None,
        }
        ended = datetime.now(timezone.utc)
        write_adapter(folder.partial, NAME, PARAMS, result, ended)
        folder.publish()
    if PARAMS["register_adapter"]:
        figures = {name: result[name] for name in ("final_loss", "train_loss", "eval_loss", "steps")}
        date = ended.isoformat(timespec="seconds")
        register(settings["ADAPTER_CONFIG_PATH"], target, NAME, PARAMS, training_date=date, **figures)
    run.reporter.result(result)
    print(f"Trained {NAME}: {run.done:,} steps. Saved to {target}.")


def _play() -> str:
    try:
        given = json.loads((STATE.parent / "plays.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        given = {}
    play = str(given.get(NAME) or NAME.split("-")[0])
    return play if play in PLAYS else "quick"


def _total(otherwise: int) -> int:
    return PARAMS["max_steps"] if PARAMS["max_steps"] > 0 else otherwise


def _sentence(number: int) -> str:
    kind = "WARNING the gradient's norm is high" if number % 997 == 0 else "the tokenizer has read another example"
    return f"{kind} (shard {number % 16}, offset {number * 37 % 65_521})"


def _last_rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in (folder / "metrics.jsonl").read_text("utf-8").splitlines()[-200:]]


if __name__ == "__main__":
    raise SystemExit(guarded(main))
