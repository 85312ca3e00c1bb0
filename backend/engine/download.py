"""The program of a download job: a hub model into this machine's cache.

python -m backend.engine.download --model owner/name [--revision main]
"""

from __future__ import annotations

import logging
import os
import sys
import time

from backend.core.cli import run_recipe
from backend.core.environment.settings import load_settings
from backend.core.params import DownloadParams

logger = logging.getLogger(__name__)

TELL_SECONDS = 0.5


def main(params: DownloadParams) -> None:
    """Fetch the model and tell the bytes. Raises PipelineError with a sentence for the user."""
    from backend.core.models import hub_cache
    from backend.core.runs.events import RunReporter
    from backend.engine import hub

    settings, reporter, started = load_settings(), RunReporter(), time.monotonic()
    last = 0.0

    def tell(here: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if here < total and now - last < TELL_SECONDS:
            return
        last = now
        left = (now - started) * (total - here) / here if here > 0 else None
        reporter.progress("downloading", max(here, 0), total, left)

    reporter.progress("asking the hub")
    token = settings.hf_token.get_secret_value() if settings.hf_token else os.environ.get("HF_TOKEN")
    folder = hub.fetch(params.model, params.revision, settings, token, tell)
    size = sum(file.stat().st_size for file in folder.iterdir())
    reporter.result(
        {
            "model": params.model,
            "revision": params.revision or hub_cache.MAIN,
            "commit": folder.name,
            "path": str(folder),
            "bytes": size,
            "seconds": round(time.monotonic() - started, 1),
        }
    )
    logger.info("Downloaded %s at %s (%.1f MiB) to %s.", params.model, folder.name, size / 2**20, folder)


if __name__ == "__main__":
    sys.exit(run_recipe(DownloadParams, main, __doc__))
