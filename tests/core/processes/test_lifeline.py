"""A run dies with the service, whatever it is doing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from backend.core.processes.lifeline import LIFELINE_VARIABLE
from backend.core.processes.tree import JOB_ID_VARIABLE
from tests.service_kit import until

ROOT = Path(__file__).parents[3]
RUN = """
import os, signal, sys, time
from backend.core.processes import lifeline
lifeline.LAST_WORDS_SECONDS = 0.3
lifeline.watch_lifeline()
assert lifeline.LIFELINE_VARIABLE not in os.environ
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="pipes are passed on by number")
@pytest.mark.parametrize(("hearing", "code"), [("attentive", -15), ("deaf", -9)])
def test_the_end_of_the_pipe_is_the_end_of_the_run(hearing: str, code: int) -> None:
    read_end, write_end = os.pipe()
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, hearing], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True,
        pass_fds=(read_end,), env={**os.environ, LIFELINE_VARIABLE: str(read_end), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(read_end)
    assert run.stdout
    assert run.stdout.readline() == b"up\n"
    assert run.poll() is None
    os.close(write_end)
    assert run.wait(10) == code
    run.stdout.close()


STRAY = """
import subprocess, sys, time
from backend.core.processes.lifeline import watch_lifeline
watch_lifeline()
stray = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(stray.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="pipes are passed on by number")
def test_what_left_the_group_ends_with_the_run() -> None:
    read_end, write_end = os.pipe()
    given = {LIFELINE_VARIABLE: str(read_end), JOB_ID_VARIABLE: "lifeline-test", "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(
        [sys.executable, "-c", STRAY], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True,
        pass_fds=(read_end,), env={**os.environ, **given},
    )  # fmt: skip
    os.close(read_end)
    assert run.stdout
    stray = psutil.Process(int(run.stdout.readline()))
    os.close(write_end)
    assert run.wait(20) == -15
    run.stdout.close()
    until(lambda: not stray.is_running() or stray.status() == psutil.STATUS_ZOMBIE)
