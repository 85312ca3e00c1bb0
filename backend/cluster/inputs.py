"""What goes to the node before a run can begin there: our code, its data, its base model, what it left unfinished."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.cluster import names
from backend.cluster.parcels import AnyDepot, Item, send
from backend.cluster.places import FOLDERS, JOB, Places
from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.models.hub_cache import model_folder, snapshot_of
from backend.core.params.hub_id import is_hub_id
from backend.core.paths import PROJECT_ROOT, shown
from backend.core.runs.checkpoints import by_step
from backend.core.runs.events import SAMPLES_FILE
from backend.core.runs.fingerprint import fingerprint
from backend.core.storage.files import partial_of, write_json

TINY = "tiny"
CODE = ("backend", "prompts")
NO_CODE = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


@dataclass(frozen=True)
class Journey:
    """A job that is to run elsewhere.

    Args:
        params: every parameter, with the paths of home.
        program: the recipe, relative to the project.
        job_dir: the job's folder at home.
        settings: of home.
        places: home's folders and the node's.
    """

    params: Mapping[str, Any]
    program: str
    job_dir: Path
    settings: Settings
    places: Places

    @property
    def target(self) -> Path:
        """The folder at home that the run will have made."""
        return Path(self.params["output_dir"])

    @property
    def has_begun(self) -> bool:
        """Whether an attempt before left a checkpoint to go on from."""
        return any((partial_of(self.target) / "checkpoints").glob("checkpoint-*/manifest.json"))


@contextmanager
def code_of(program: str) -> Iterator[Path]:
    """A folder with what a node needs for a recipe: our packages, the prompts, the recipe; nothing of a person's."""
    with tempfile.TemporaryDirectory(prefix="pipeline-code-") as folder:
        for name in CODE:
            shutil.copytree(PROJECT_ROOT / name, Path(folder, name), ignore=NO_CODE)
        target = Path(folder, program)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT_ROOT / program, target)
        yield Path(folder)


def send_inputs(depot: AnyDepot, submission: str, journey: Journey) -> None:
    """Leave everything in the depot that the worker will ask for.

    Raises:
        BadModel: the base model is not at home.
        PipelineError: something did not arrive whole.
    """
    base = _base_of(journey)
    parcels = [f"{submission}/{names.INPUTS}"]
    with tempfile.TemporaryDirectory(prefix="pipeline-params-") as folder:
        params = Path(folder, "params.json")
        sent = {name: journey.places.sent(value) for name, value in journey.params.items()}
        ours = {"output_dir": str(journey.places.on_node(journey.target)), "resume": journey.has_begun}
        write_json(params, {**sent, **ours}, durable=False)
        send(depot, parcels[0], [(params, f"{JOB}/params.json"), *_data_of(journey), *_unfinished(journey)])
    if base:
        parcels.append(_send_base(depot, *base))
    threads = str(max(1, int(journey.settings.ray_job_cpus)))
    order = {
        "program": journey.program,
        "parcels": parcels,
        "target": str(journey.places.on_node(journey.target)),
        "environment": {**journey.places.environment(), "OMP_NUM_THREADS": threads},
        "grace_seconds": journey.settings.stop_grace_seconds,
    }
    depot.write(f"{submission}/{names.ORDER}", json.dumps(order).encode())


def _data_of(journey: Journey) -> Iterator[Item]:
    """The files of the data folder that the parameters name."""
    for value in journey.params.values():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text.startswith("/") and not journey.places.is_shared(Path(text)):
                path, home = Path(text), journey.settings.data_dir
                if path.is_relative_to(home) and path.is_file():
                    yield path, f"{FOLDERS['data_dir']}/{path.relative_to(home)}"


def _unfinished(journey: Journey) -> Iterator[Item]:
    """What the run left: its checkpoints, log and curve, and in the job's folder the answers it gave."""
    if not journey.has_begun:
        return
    partial = partial_of(journey.target)
    there = journey.places.on_node(partial).relative_to(journey.places.node)
    for path in sorted(path for path in partial.iterdir() if not path.name.startswith(".")):
        if path.name == "checkpoints":
            yield from ((one, f"{there}/checkpoints/{one.name}") for one in by_step(path))
        else:
            yield path, f"{there}/{path.name}"
    samples = journey.job_dir / SAMPLES_FILE
    if samples.is_file():
        yield samples, f"{JOB}/{SAMPLES_FILE}"


def _base_of(journey: Journey) -> tuple[Path, dict[str, str]] | None:
    """The base model's folder at home with its places on the node; None = a node has or makes it.

    Returns:
        The folder, and what to put where: paths at home by their paths in the parcel.
    """
    name, settings, places = journey.params.get("base_model_name"), journey.settings, journey.places
    if not isinstance(name, str):
        return None
    if name == TINY:
        folder = settings.model_output_dir / "base" / TINY
        return (folder, _one_place(folder, places)) if folder.is_dir() else None
    if is_hub_id(name) and not Path(name).is_absolute():
        revision = journey.params.get("model_revision")
        snapshot = snapshot_of(name, revision, settings)
        if snapshot is None:
            raise BadModel(f"{name} is not on this machine: download it first (POST /models/download).")
        if places.is_shared(snapshot):
            return None
        home = model_folder(name, settings)
        inside = f"{FOLDERS['model_cache_dir']}/{home.name}"
        refs = {f"{inside}/refs": str(home / "refs")} if (home / "refs").is_dir() else {}
        return snapshot, {f"{inside}/snapshots/{snapshot.name}": str(snapshot), **refs}
    folder = Path(name)
    if not folder.is_dir():
        raise BadModel(f"There is no folder {shown(folder)}: the base model is gone.")
    return None if places.is_shared(folder) else (folder, _one_place(folder, places))


def _one_place(folder: Path, places: Places) -> dict[str, str]:
    return {str(places.on_node(folder).relative_to(places.node)): str(folder)}


def _send_base(depot: AnyDepot, folder: Path, placed: Mapping[str, str]) -> str:
    """Have the base model in the depot, once for all jobs that need it; returns the parcel's name."""
    key = hashlib.sha256(f"{fingerprint(folder)} {sorted(placed)}".encode()).hexdigest()[:32]
    name = f"{names.BASES}/{key}.tar"
    if f"{key}.tar" not in depot.stamps(names.BASES):
        send(depot, name, [(Path(source), inside) for inside, source in placed.items()])
    return name
