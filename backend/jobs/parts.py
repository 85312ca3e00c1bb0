"""The service's working parts, each made when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from backend.core.data.folder import DataFolder
from backend.core.environment.settings import SettingGroup, Settings, folders_as_environment, load_settings
from backend.core.errors import InvalidInput
from backend.core.registry import AdapterRegistry
from backend.jobs.answering.served import ServedModels
from backend.jobs.answering.server import InferenceServer
from backend.jobs.answering.worker import InferenceWorker
from backend.jobs.comparison import Comparisons
from backend.jobs.execution.executors import Executors
from backend.jobs.folder import JobFolder
from backend.jobs.handover import Handover
from backend.jobs.kinds import JobKind
from backend.jobs.lock import ServiceLock
from backend.jobs.looks import Looks
from backend.jobs.machine import gpus
from backend.jobs.runner import Runner
from backend.jobs.store import JobStore
from backend.jobs.vitals import Limits
from backend.jobs.webhook import Webhook


class Parts:
    """What the service is made of. Making one touches nothing.

    Args:
        settings: None = read from the environment when first needed.
        store: where the jobs are.
        kinds: what can be run.
    """

    def __init__(self, settings: Settings | None, store: JobStore, kinds: Mapping[str, JobKind]) -> None:
        self._given_settings = settings
        self.store = store
        self.kinds = kinds

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

    def folder(self, job_id: str) -> JobFolder:
        """The folder of a job."""
        return JobFolder(self.settings.state_dir / "jobs" / job_id)

    def _note(self, job_id: str, line: str) -> None:
        self.folder(job_id).note(line)
