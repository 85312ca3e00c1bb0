"""The boundary of a recipe's process: logging on, every error turned into one line, a reason and an exit code.

0 done   1 failed   2 bad input   3 below what was asked   4 stopped, resumable   130 cancelled
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator

from backend.core.environment.settings import environment
from backend.core.errors import DiskFull, GpuOutOfMemory, OutOfMemory, PipelineError
from backend.core.models.hub_cache import is_offline
from backend.core.paths import PROJECT_ROOT, normalise_path
from backend.core.processes.lifeline import end_strays, watch_lifeline
from backend.core.redaction import redact_handlers, redacted
from backend.core.runs.events import RunReporter
from backend.core.storage.files import explained


def configure_logging() -> None:
    """Readable lines on standard error; called by entry points, never on import."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)
    redact_handlers()
    for chatty in ("httpx", "httpx2", "urllib3", "filelock", "datasets", "matplotlib"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It warns at import about an optional package that we do without.
    logging.getLogger("bitsandbytes").setLevel(logging.CRITICAL)


def export_settings() -> None:
    """Hand the settings that libraries read from the environment on to them, before they are imported."""
    given = environment()
    if given.get("MODEL_CACHE_DIR"):
        os.environ.setdefault("HF_HUB_CACHE", str(normalise_path(given["MODEL_CACHE_DIR"])))
    # Who may not ask the hub has no use for the token; the service starts all but its downloads that way.
    for name in ("CUDA_VISIBLE_DEVICES", "HF_HUB_OFFLINE", *(() if is_offline() else ("HF_TOKEN",))):
        if given.get(name):
            os.environ.setdefault(name, given[name])
    # Idle OpenMP threads that spin slow every other process down; two busy ones were many times slower than one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def guarded(work: Callable[[], int | None]) -> int:
    """Run the work of a process and return its exit code.

    Known errors print one line; unknown ones print their traceback first, since they are ours to mend.
    """
    configure_logging()
    export_settings()
    has_service = watch_lifeline()
    try:
        return work() or 0
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - the process boundary
        known = in_user_words(error)
        if known is None:
            sys.stderr.write(redacted(traceback.format_exc()))
        with contextlib.suppress(OSError, PipelineError):  # a full disk must not hide why the run failed
            RunReporter().failure(known or error)
        if not (known and known.is_told):
            print(redacted(f"error: {known or f'{type(error).__name__}: {error}'}"), file=sys.stderr)
        return known.exit_code if known else 1
    finally:
        if has_service:
            end_strays()


FULL_DISK_WORDS = (
    "No space left on device",
    "Disk quota exceeded",
    "PytorchStreamWriter failed writing",
    "basic_ios::clear: iostream error",
)
"""How a full disk reads in the errors of safetensors, tokenizers and PyTorch, which are no OSErrors."""


def in_user_words(error: BaseException) -> PipelineError | None:
    """The error in the user's words, if we have them."""
    if isinstance(error, PipelineError):
        return error
    if any(words in str(each) for each in _causes(error) for words in FULL_DISK_WORDS):
        return DiskFull("No room left on the disk: free some space and try again.")
    if isinstance(error, OSError):
        told = explained(error, PROJECT_ROOT if error.filename is None else PROJECT_ROOT / str(error.filename))
        return told if isinstance(told, PipelineError) else None
    if type(error).__name__ == "OutOfMemoryError":
        return GpuOutOfMemory(
            f"The GPU ran out of memory ({str(error).splitlines()[0]}). Lower per_device_train_batch_size and raise "
            "gradient_accumulation_steps by the same factor, lower max_length, or set gradient_checkpointing."
        )
    if isinstance(error, MemoryError):
        return OutOfMemory("This machine ran out of memory: lower per_device_train_batch_size or max_length.")
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those in whose handling it arose: PyTorch's writer fails again when it closes a file cut short."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
