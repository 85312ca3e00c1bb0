"""A run dies with the service that started it: no orphan ever keeps a GPU busy with nobody to show it.

The service holds the write end of a pipe for as long as it lives; the run gets the read end and waits for its end of
file. That works for every way a service can die, `kill -9` included, and leaves time for a checkpoint.
`PR_SET_PDEATHSIG` does not: it fires when the *thread* that forked ends.
"""

from __future__ import annotations

import os
import signal
import threading
import time

LIFELINE_VARIABLE = "PIPELINE_LIFELINE_FD"
"""Environment variable with the file descriptor of the pipe's read end."""

LAST_WORDS_SECONDS = 1.5
"""Time to end well after the service is gone. The GPU is free two seconds later; a checkpoint that is cut short does
not verify, and the one before it is taken."""


def watch_lifeline() -> bool:
    """Watch the service that started this process, if one did, and whether one did; called once, at the boundary."""
    # Taken out of the environment: a child of ours inherits the variable, but not the descriptor.
    given = os.environ.pop(LIFELINE_VARIABLE, "")
    if not given.isdigit():
        return False
    threading.Thread(target=_outlive_not, args=(int(given),), name="lifeline", daemon=True).start()
    return True


def leave_with_service() -> None:
    """Be gone at once when the service is, in a process whose work goes on elsewhere; called before `watch_lifeline`.

    There is nothing to save, and a TERM would have another meaning.
    """
    given = os.environ.pop(LIFELINE_VARIABLE, "")
    if given.isdigit():
        threading.Thread(target=_leave_at_end_of, args=(int(given),), name="lifeline", daemon=True).start()


def _leave_at_end_of(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os._exit(1)


def _outlive_not(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    end_strays()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_WORDS_SECONDS)
    end_strays()  # begun meanwhile
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)  # data-loader workers too
    os._exit(1)


def end_strays() -> None:
    """End what left our group (`setsid`), in a run of the service: nobody holds a lifeline for it.

    Also at a run's own end, for the service that would see to it may be killed in the moment between.
    """
    from backend.core.processes.tree import JOB_ID_VARIABLE, kill_marked  # here: psutil costs every start 20 ms

    if mark := os.environ.get(JOB_ID_VARIABLE):
        kill_marked(mark, spared_group=os.getpgrp())
