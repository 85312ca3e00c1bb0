"""The machine's settings: folders, address, keys. They come from the environment and `.env`.

Parameters of a run are something else (`backend.core.params`); their UPPER_CASE names in the same places change
their defaults.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from backend.core.environment.env_file import EnvFile
from backend.core.errors import InvalidInput
from backend.core.paths import PROJECT_ROOT, normalise_path

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SettingGroup(BaseModel):
    """Settings that belong together. Over HTTP, paths and what is `readOnly` are shown and not set."""

    # Defaults are validated too, or the default folders would move with the current directory.
    model_config = ConfigDict(
        extra="ignore", frozen=True, use_attribute_docstrings=True, protected_namespaces=(), validate_default=True
    )

    title: ClassVar[str] = ""
    needs_restart: ClassVar[bool] = True
    """Whether the service read them when it started; the others are read anew by every run."""


class AccessSettings(SettingGroup):
    """Who reaches the service, and how."""

    title: ClassVar[str] = "Address and access"

    host: str = "127.0.0.1"
    """Address the service listens on; anything but loopback needs API_TOKEN"""
    port: int = Field(8000, ge=1, le=65535)
    """Port the service listens on"""
    api_token: SecretStr | None = None
    """Token every request must carry as `Authorization: Bearer ...`; empty = none needed on loopback"""
    allowed_hosts: list[str] = ["127.0.0.1", "localhost", "[::1]"]
    """Host names under which the service may be addressed (guards against DNS rebinding)"""
    # Read-only: whoever could set it could let any web page in.
    dashboard_origin: str = Field("http://localhost:3000", json_schema_extra={"readOnly": True})
    """Origin of the dashboard's dev server, the only foreign one that may call the API"""

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        """A JSON array, or names with commas between."""
        if not isinstance(value, str):
            return value
        return json.loads(value) if value.lstrip().startswith('["') else [host.strip() for host in value.split(",")]

    @field_validator("api_token", mode="after")
    @classmethod
    def _sendable(cls, value: SecretStr | None) -> SecretStr | None:
        """Another token could not be sent in a header, and would lock everybody out."""
        if value and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("must hold letters, digits and signs of ASCII only, without blanks")
        return value


class FolderSettings(SettingGroup):
    """Where things are."""

    title: ClassVar[str] = "Folders"

    data_dir: Path = Path("data")
    """Folder of the datasets"""
    model_output_dir: Path = Path("models")
    """Folder of adapters and merged models"""
    predictions_dir: Path = Path("predictions")
    """Folder of predictions"""
    evaluation_dir: Path = Path("evaluation")
    """Folder of evaluations"""
    state_dir: Path = Path("state")
    """Folder of the service's own state: job table, job folders, locks"""
    model_cache_dir: Path | None = None
    """Where Hugging Face models are cached; empty = the library's own place"""
    adapter_config_path: Path = Path("config/adapters.json")
    """The registry of adapters"""

    @field_validator(
        "data_dir", "model_output_dir", "predictions_dir", "evaluation_dir", "state_dir", "model_cache_dir",
        "adapter_config_path", mode="after",
    )  # fmt: skip
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else normalise_path(str(value))


class RunSettings(SettingGroup):
    """What every run reads anew."""

    title: ClassVar[str] = "Runs"
    needs_restart: ClassVar[bool] = False

    dataset_name: str = "physics_qa.json"
    """Dataset that the dashboard and the wrappers offer first"""
    cuda_visible_devices: str | None = None
    """GPUs that runs may use, by number; empty = all"""
    run_niceness: int = Field(15, ge=0, le=19)
    """How far a run stands back for everything else on this machine's cores; 0 = not at all"""
    hf_token: SecretStr | None = None
    """Token for gated models of the Hugging Face hub and for what you publish there; only such jobs see it"""
    llama_cpp_dir: Path | None = None
    """Checkout of llama.cpp, whose converter writes GGUF files; empty = `convert_hf_to_gguf.py` on the PATH"""

    @field_validator("llama_cpp_dir", mode="after")
    @classmethod
    def _checkout(cls, value: Path | None) -> Path | None:
        return None if value is None else normalise_path(str(value))


class LanguageModelSettings(SettingGroup):
    """The service that judges answers and writes examples."""

    title: ClassVar[str] = "Language model service"
    needs_restart: ClassVar[bool] = False

    openai_api_key: SecretStr | None = None
    """Key of the judge and of the dataset writer"""
    openai_api_base: str | None = None
    """Address of an OpenAI-compatible server; empty = OpenAI's"""
    eval_model: str = "gpt-4o-mini"
    """Model that judges answers"""
    model_gen: str = "gpt-4o-mini"
    """Model that writes datasets"""


class JobSettings(SettingGroup):
    """The queue."""

    title: ClassVar[str] = "Jobs"

    auto_resume: bool = True
    """Queue interrupted runs again when the service starts"""
    stop_grace_seconds: float = Field(20.0, ge=0, le=3600)
    """Time a stopped run gets for its checkpoint before it is killed"""
    job_time_limit_seconds: float = Field(604_800.0, gt=0, le=31_536_000)
    """A job that runs longer is stopped, with a checkpoint"""
    job_stall_warning_seconds: float = Field(1_800.0, gt=0, le=31_536_000)
    """A running job that tells and logs nothing for so long is marked as stalled"""
    job_stall_limit_seconds: float = Field(7_200.0, gt=0, le=31_536_000)
    """A running job that tells and logs nothing for so long is stopped"""
    pipeline_test_mode: bool = False
    """Smoke mode: no model is loaded, everything made is marked `test_mode`"""


class ClusterSettings(SettingGroup):
    """Where training runs: on this machine, or on the nodes of a Ray cluster (docs/ray.md)."""

    title: ClassVar[str] = "Cluster"

    executor: Literal["local", "ray"] = "local"
    """Where training runs: `local` = on this machine, `ray` = on the cluster of RAY_ADDRESS"""
    # Read-only: whoever could set these would have data and models sent to an address, or commands run, of their own.
    # Of any form: Ray itself sets a variable of this name where its jobs run. Judged when it is used.
    ray_address: str = Field("http://127.0.0.1:8265", json_schema_extra={"readOnly": True})
    """Address of the cluster's job server, which is its dashboard's"""
    ray_client_address: str | None = Field(None, pattern=r"^ray://[^/\s]+$", json_schema_extra={"readOnly": True})
    """Address of Ray Client on the head, by which files travel; empty = the host of RAY_ADDRESS, port 10001"""
    ray_shared_dir: Path | None = None
    """Folder that this machine and every node see under the same path; files then travel through it"""
    ray_work_dir: Path = Path("/tmp/pipeline-runs")
    """Folder on each node in which runs work, and on the head in which what travels lies"""
    ray_python: str = Field("python", json_schema_extra={"readOnly": True})
    """Command that starts Python on the nodes, with the packages of `pip install '.[ml,ray]'`"""
    ray_job_cpus: float = Field(1.0, ge=0, le=1024)
    """CPUs that a run takes of its node, and threads it computes with"""
    ray_job_gpus: float = Field(1.0, ge=0, le=1024)
    """GPUs that a run takes of its node; 0 for nodes without"""
    ray_job_resources: dict[str, Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]] = {}
    """Resources of the cluster's own names that a run takes, as JSON: {"trainer": 1}"""

    @field_validator("ray_shared_dir", "ray_work_dir", mode="after")
    @classmethod
    def _absolute_on_nodes(cls, value: Path | None) -> Path | None:
        return None if value is None else normalise_path(str(value))

    @field_validator("ray_job_resources", mode="before")
    @classmethod
    def _table(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class NoticeSettings(SettingGroup):
    """Who is told when a job has ended."""

    title: ClassVar[str] = "Notices"
    needs_restart: ClassVar[bool] = False

    # Secret: the addresses that chats give out are their keys.
    webhook_url: SecretStr | None = None
    """Address that gets a POST with JSON when a job has ended (docs/webhook.md); empty = nobody is told"""
    webhook_secret: SecretStr | None = None
    """Key with which these messages are signed, so that their receiver can tell them from others'"""

    @field_validator("webhook_url", mode="after")
    @classmethod
    def _address(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.match(r"https?://[^/\s]+", value.get_secret_value()):
            raise ValueError("must begin with https:// or http:// and name a host")
        return value


class TrackerSettings(SettingGroup):
    """Where runs with `report_to` are reported; the names are the trackers' own."""

    title: ClassVar[str] = "Trackers"
    needs_restart: ClassVar[bool] = False

    tracker_project: str = "fine-tuning"
    """Project (Weights & Biases, Trackio) or experiment (MLflow) that runs are entered in"""
    wandb_api_key: SecretStr | None = None
    """Key of Weights & Biases"""
    wandb_mode: Literal["online", "offline", "disabled"] = "online"
    """`offline` keeps runs in the state folder until `wandb sync` sends them"""
    mlflow_tracking_uri: str | None = None
    """MLflow's server, or `sqlite:///...` for a file; empty = a file in the state folder"""
    mlflow_tracking_token: SecretStr | None = None
    """Token of MLflow's server"""


class AnswerSettings(SettingGroup):
    """What answers prompts."""

    title: ClassVar[str] = "Answers"

    worker_idle_seconds: float = Field(600.0, gt=0, le=86_400)
    """The model that answers prompts leaves memory after so long without a question"""
    inference_on_gpu_job: Literal["wait", "unload", "refuse"] = "wait"
    """When a job needs the GPU: `wait` = answers finish, `unload` = they end now, `refuse` = the job waits for it"""
    inference_server_url: str | None = None
    """OpenAI-compatible server (vLLM, say) that answers in place of the local model; empty = the local one"""
    inference_server_key: SecretStr | None = None
    """Key of that server"""


class Settings(
    AnswerSettings,
    TrackerSettings,
    NoticeSettings,
    ClusterSettings,
    JobSettings,
    LanguageModelSettings,
    RunSettings,
    FolderSettings,
    AccessSettings,
):
    """Everything about this machine that a person may set, with its default; pydantic lists the last base first."""


def folders_as_environment(settings: Settings) -> dict[str, str]:
    """The settings that say where things are, as variables: a child process then looks in the same places."""
    values = {name.upper(): getattr(settings, name) for name in FolderSettings.model_fields}
    return {name: str(value) for name, value in values.items() if isinstance(value, Path)}


def cluster_as_environment(settings: Settings) -> dict[str, str]:
    """The settings of the cluster as variables, for the process that carries a run there."""
    values = {name: getattr(settings, name) for name in (*ClusterSettings.model_fields, "stop_grace_seconds")}
    told = {name.upper(): json.dumps(one) if isinstance(one, dict) else str(one) for name, one in values.items()}
    return {name: told[name] for name in told if values[name.lower()] is not None}


def env_file() -> Path:
    """The `.env` file, or the one that PIPELINE_ENV_FILE names: a container mounts its folder, as a file cannot be."""
    given = os.environ.get("PIPELINE_ENV_FILE")
    return normalise_path(given) if given else PROJECT_ROOT / ".env"


def environment(file: Path | None = None) -> dict[str, str]:
    """The process's environment over the `.env` file; empty values count as absent.

    Interpolation is off: a setting that reads `${OPENAI_API_KEY}` must never turn into the key. Raises
    EnvFileUnreadable.
    """
    return {name: value for name, value in {**EnvFile(file or env_file()).values(), **os.environ}.items() if value}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        InvalidInput: a value does not fit; the message names the variable.
    """
    environ = environment() if environ is None else environ
    given = {name: environ[name.upper()] for name in Settings.model_fields if environ.get(name.upper())}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise InvalidInput(f"{name}: {first['msg']}. Correct it in .env or in the environment.") from None
