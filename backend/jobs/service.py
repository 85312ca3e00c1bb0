"""The service's working parts (settings, job table, queue, worker, registry), started and stopped as one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from uuid import uuid4

from backend.core.data.folder import DataFolder
from backend.core.environment.settings import SettingGroup, Settings, folders_as_environment, load_settings
from backend.core.errors import Conflict, InvalidInput
from backend.core.floors import SERVICE, require_floors
from backend.core.params import Params
from backend.core.registry import AdapterRegistry
from backend.jobs import admission
from backend.jobs.activity import Activity
from backend.jobs.advice import Adviser
from backend.jobs.ahead import ahead_of
from backend.jobs.answering.served import ServedModels
from backend.jobs.answering.server import InferenceServer
from backend.jobs.answering.worker import InferenceWorker
from backend.jobs.comparison import Comparisons
from backend.jobs.controls import controls_of
from backend.jobs.deletions import undo_deletions
from backend.jobs.downloads import missing_models, queued_download, require_online
from backend.jobs.execution.executors import Executors
from backend.jobs.folder import JobFolder, sweep
from backend.jobs.handover import Handover
from backend.jobs.inquiries import FOLDER as INQUIRIES
from backend.jobs.kinds import DOWNLOAD, JOB_KINDS, JobKind
from backend.jobs.labels import Labels
from backend.jobs.listing import Texts
from backend.jobs.lock import ServiceLock
from backend.jobs.looks import Looks
from backend.jobs.machine import gpus
from backend.jobs.models import Job
from backend.jobs.recovery import recover
from backend.jobs.renames import undo_renames
from backend.jobs.runner import Runner
from backend.jobs.store import JobStore, jobs_store
from backend.jobs.supervision import SHUTDOWN_SECONDS
from backend.jobs.views import JobDetail, JobViews
from backend.jobs.vitals import Limits
from backend.jobs.webhook import Webhook


class Service:
    """Everything behind the routes. Making one touches nothing; `start` does.

    Args:
        settings: None = read from the environment when first needed.
        store: where the jobs are.
        kinds: what can be run.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        store: JobStore = jobs_store,
        kinds: Mapping[str, JobKind] = JOB_KINDS,
    ) -> None:
        self._given_settings = settings
        self.store = store
        self.kinds = kinds
        self.server_id = uuid4().hex
        self.texts = Texts()
        self.views = JobViews(self.folder, Adviser(self))
        self.activity = Activity(store, self.folder)
        self._starting = Lock()
        self._started = False

    @cached_property
    def settings(self) -> Settings:
        """The machine's settings. Raises InvalidInput when a value does not fit."""
        return self._given_settings or load_settings()

    def awaits_restart(self) -> set[str]:
        """The settings that are other than those the service was started with; none where it was given them."""
        if self._given_settings:
            return set()
        try:
            now = load_settings()
        except InvalidInput:  # told where it is read anew
            return set()
        fixed = (group for group in Settings.__mro__ if issubclass(group, SettingGroup) and group.needs_restart)
        names = {name for group in fixed for name in group.__annotations__ if name in Settings.model_fields}
        return {name for name in names if getattr(now, name) != getattr(self.settings, name)}

    @cached_property
    def registry(self) -> AdapterRegistry:
        """The adapters."""
        return AdapterRegistry(self.settings.adapter_config_path)

    @cached_property
    def datasets(self) -> DataFolder:
        """The datasets."""
        return DataFolder(self.settings.data_dir)

    @cached_property
    def served(self) -> ServedModels:
        """The models that answer on this machine."""
        return ServedModels(self.settings, self.registry)

    @cached_property
    def inference_server(self) -> InferenceServer | None:
        """What answers in place of the worker, if the settings name it."""
        url, key = self.settings.inference_server_url, self.settings.inference_server_key
        return InferenceServer(url, key.get_secret_value() if key else None) if url else None

    @cached_property
    def worker(self) -> InferenceWorker:
        """The process that answers prompts."""
        return InferenceWorker(
            self.settings.state_dir / "worker.log",
            self.settings.worker_idle_seconds,
            folders_as_environment(self.settings),
        )

    @cached_property
    def comparisons(self) -> Comparisons:
        """What compares adapters before a merge."""
        return Comparisons(self.settings)

    @cached_property
    def looks(self) -> Looks:
        """What looks at datasets as a run would."""
        return Looks(self.settings)

    @cached_property
    def executors(self) -> Executors:
        """Where jobs run."""
        return Executors(self.settings, self.folder)

    @cached_property
    def runner(self) -> Runner:
        """The queue."""
        return Runner(
            self.store,
            self.folder,
            self.kinds,
            Limits(
                run_seconds=self.settings.job_time_limit_seconds,
                warning_seconds=self.settings.job_stall_warning_seconds,
                stall_seconds=self.settings.job_stall_limit_seconds,
                grace_seconds=self.settings.stop_grace_seconds,
            ),
            self.executors,
            Handover(self.worker, self.settings.inference_on_gpu_job, lambda: bool(gpus()), self._note),
            self.webhook.tell,
        )

    @cached_property
    def webhook(self) -> Webhook:
        """What tells others of ended jobs."""
        return Webhook(lambda: self._given_settings or load_settings(), self.folder)

    @cached_property
    def _lock(self) -> ServiceLock:
        return ServiceLock(self.settings.state_dir)

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

    def folder(self, job_id: str) -> JobFolder:
        """The folder of a job."""
        return JobFolder(self.settings.state_dir / "jobs" / job_id)

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
            require_online("model")
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

    def _note(self, job_id: str, line: str) -> None:
        self.folder(job_id).note(line)
