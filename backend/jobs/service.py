"""The service: its working parts (`backend.jobs.parts`) started and stopped as one, and what is asked of its jobs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from threading import Lock
from uuid import uuid4

from backend.core.environment.settings import Settings
from backend.core.errors import Conflict
from backend.core.floors import SERVICE, require_floors
from backend.core.params import Params
from backend.jobs import admission
from backend.jobs.activity import Activity
from backend.jobs.advice import Adviser
from backend.jobs.ahead import ahead_of
from backend.jobs.controls import controls_of
from backend.jobs.deletions import undo_deletions
from backend.jobs.downloads import missing_models, queued_download, require_hub
from backend.jobs.folder import sweep
from backend.jobs.inquiries import FOLDER as INQUIRIES
from backend.jobs.kinds import DOWNLOAD, JOB_KINDS, JobKind
from backend.jobs.labels import Labels
from backend.jobs.listing import Texts
from backend.jobs.models import Job
from backend.jobs.parts import Parts
from backend.jobs.recovery import recover
from backend.jobs.renames import undo_renames
from backend.jobs.store import JobStore, jobs_store
from backend.jobs.supervision import SHUTDOWN_SECONDS
from backend.jobs.views import JobDetail, JobViews


class Service(Parts):
    """Everything behind the routes. Making one touches nothing; `start` does. Arguments as of `Parts`."""

    def __init__(
        self,
        settings: Settings | None = None,
        store: JobStore = jobs_store,
        kinds: Mapping[str, JobKind] = JOB_KINDS,
    ) -> None:
        super().__init__(settings, store, kinds)
        self.server_id = uuid4().hex
        self.texts = Texts()
        self.views = JobViews(self.folder, Adviser(self))
        self.activity = Activity(store, self.folder)
        self._starting = Lock()
        self._started = False

    def start(self) -> Service:
        """Take the state folder, bring the job table in order, begin with the queue; again is nothing.

        Raises:
            TooOld: a package has known holes.
            Conflict: another service has the state folder.
            JobTableUnreadable: the job table is damaged.
        """
        with self._starting:
            if not self._started:
                require_floors(SERVICE)
                self._lock.acquire(self.settings.port)
                jobs_dir = self.settings.state_dir / "jobs"
                jobs_dir.mkdir(parents=True, exist_ok=True)
                self.store.open(self.settings.state_dir / "jobs.db")
                ours = (self.settings.model_output_dir, self.settings.data_dir, self.settings.evaluation_dir)
                undo_deletions(self.registry, self.settings.model_output_dir)
                undo_renames(self.registry, self.settings.model_output_dir)
                for root in (jobs_dir, *ours):
                    sweep(root)
                shutil.rmtree(self.settings.state_dir / INQUIRIES, ignore_errors=True)
                ended = recover(self.store, self.folder, self.kinds, self.settings.auto_resume, self.executors)
                self.worker.on_leave = self.runner.notify  # a job may be waiting for that
                for job in ended:
                    self.webhook.tell(job)
                self.runner.start()
                self._started = True
        return self

    def begin_to_stop(self, *, now: bool = False) -> None:
        """Have what runs write its checkpoint while open answers still end; `now` = without that."""
        if self._started:
            self.runner.begin_to_close(0.0 if now else SHUTDOWN_SECONDS)

    def end_answers(self) -> None:
        """The service is about to stop: whoever waits for an answer is told so. Called from the event loop."""
        self.worker.stop_answering()
        if self.inference_server:
            self.inference_server.end_answers()

    def stop(self) -> None:
        """End what runs and let go of the state folder."""
        with self._starting:
            if self._started:
                self.worker.close()  # first: the GPU's lane may be waiting for its answer to end
                self.comparisons.close()
                self.looks.close()
                self.runner.close()
                self.webhook.close()
                self.store.close()
                self._lock.release()
                # Threads start only once: another start gets parts of its own.
                for part in ("worker", "runner", "comparisons", "looks", "inference_server", "webhook"):
                    self.__dict__.pop(part, None)
                self._started = False

    def detail(self, job: Job) -> JobDetail:
        """The job as its own page shows it."""
        return self.views.detail(
            job,
            self.runner.queue.positions().get(job.id),
            self.runner.stalled_seconds(job.id),
            controls_of(job, self.kinds.get(job.kind), self.folder(job.id)),
            ahead_of(job, self.runner.queue, lambda running: self.views.summary(running).progress.eta_seconds),
        )

    def label(self, job_id: str, labels: Labels) -> Job:
        """Write a person's words on a job, durably. Raises NotFound."""
        return self.store.change(job_id, **labels.fields())

    def submit(
        self,
        kind: JobKind,
        params: Params,
        key: str | None,
        after: tuple[str, ...] = (),
        tags: tuple[str, ...] = (),
    ) -> Job:
        """Queue a job, behind those in `after` and the downloads of models it needs; it is durable when this returns.

        Raises:
            BadModel: it needs a model that is not on this machine, and the hub may not be asked.
            MissingDependency: the place where it would run lacks a package.
            PipelineError: as `admission.admit` does.
        """
        with self.store.locked():  # a twin with the same key waits here, and then finds the job
            if job := admission.repeated(self.store, kind, params, key):
                return job
            self.executors.for_kind(kind).require_ready()
            before = (*after, *(job.id for job in self.downloads_before(kind, params)))
            job, is_new = admission.admit(self.store, kind, params, self.settings, key, before, tags)
        if is_new:
            self.runner.notify()
        return job

    def downloads_before(self, kind: JobKind, params: Params) -> list[Job]:
        """The queued downloads of models that a job needs and this machine lacks. Raises as `submit` does."""
        if kind.goes_online:
            require_hub(kind)
        download = self.kinds.get(DOWNLOAD.name)
        if download is None:
            return []
        ready = admission.admissible(self.store, kind, params, self.settings)
        missing = missing_models(kind, ready, self.registry, self.settings)
        return [queued_download(self.store, download, model, self.settings) for model in missing]

    def resume(self, job_id: str) -> Job:
        """Queue a job that ended without success again. Raises as `admission.readmit` does."""
        job = admission.readmit(self.store, job_id)
        self.folder(job_id).note("--- Resumed on request. ---")
        self.runner.notify()
        return job

    def delete(self, job_id: str) -> None:
        """Forget an ended job with its folder and the checkpoints of an unfinished run; what it finished stays.

        Raises:
            NotFound: no such job.
            Conflict: it has not ended.
        """
        with self.store.locked():
            job = self.store.require(job_id)
            if not job.status.is_final:
                raise Conflict(f"The job is {job.status.value}: cancel it first.")
            if follower := admission.follower_of(self.store, job_id):
                raise Conflict(f"The job {follower.name!r} waits for this one: cancel that first.")
            del self.store[job_id]
            # Without the job nothing could resume from them, and they would be in the way of the next run.
            if job.status.is_resumable and not admission.is_claimed(self.store, job.target):
                admission.discard_unfinished(job)
        self.executors.abandon(job)
        self.folder(job_id).remove()
        self.views.forget(job_id)
        self.texts.forget(job_id)
