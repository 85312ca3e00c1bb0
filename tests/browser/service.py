"""The service with fakes in place of the recipes that need a model; judging and writing data run as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from backend.api.server import serve
from backend.jobs.answering.worker import InferenceWorker
from backend.jobs.comparison import Comparisons
from backend.jobs.kinds import JOB_KINDS, JobKind
from backend.main import create_app

HERE = Path(__file__).parent
TRAIN, MERGE, WORKER = HERE / "fake_train.py", HERE / "fake_merge.py", HERE / "fake_worker.py"

KINDS: Mapping[str, JobKind] = {
    **JOB_KINDS,
    "train": replace(JOB_KINDS["train"], program=TRAIN),
    "merge": replace(JOB_KINDS["merge"], program=MERGE),
}

if __name__ == "__main__":
    app = create_app(job_kinds=KINDS)
    service = app.state.service
    service.comparisons = Comparisons(service.settings, program=MERGE)
    service.settings.state_dir.mkdir(parents=True, exist_ok=True)
    log = service.settings.state_dir / "worker.log"
    service.worker = InferenceWorker(log, service.settings.worker_idle_seconds, {}, WORKER)
    raise SystemExit(serve(app))
