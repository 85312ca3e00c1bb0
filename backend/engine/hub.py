"""A model fetched from the Hugging Face hub: one commit, the files that are read here and no others, checked.

Every file is asked for by the commit that the revision means now, so a branch that moves meanwhile mixes nothing. What
was cut off is continued. The name of the revision is written last: a model is in the cache whole, or not at all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, DiskFull, Unreachable
from backend.core.models import hub_cache
from backend.core.models.folder import CONFIGS, INDEX, require_safe
from backend.core.storage.files import write_atomically

# The library reads them when it is imported; its own ten seconds are short for a hub that is busy.
os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "60")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download
from huggingface_hub.errors import (  # type: ignore[attr-defined] # HTTPError: of whichever client it is built on
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm import tqdm

FIELD = "base_model_name"
CONNECT_SECONDS = 10.0
SPARE_BYTES = 2**30
"""Left free beside a download: a full disk stops every other program too."""

TOKENIZER_FILES = frozenset({
    "tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "merges.txt", "added_tokens.json",
    "chat_template.jinja", "spiece.model", "sentencepiece.bpe.model", "tekken.json",
})  # fmt: skip

Told = Callable[[int, int], None]
"""Takes the bytes that are here and the bytes there are."""


@dataclass(frozen=True)
class Remote:
    """A model on the hub.

    Args:
        name: `owner/name`.
        commit: what its revision means now.
        sizes: bytes of each file that is read here.
    """

    name: str
    commit: str
    sizes: dict[str, int]


def find_or_fetch(
    model: str, revision: str | None, settings: Settings, begins: Callable[[], None] = lambda: None
) -> Path:
    """The folder of a hub model: from the cache if it is whole there, else from the hub.

    Args:
        begins: called before something is fetched.

    Raises:
        BadModel: it is not here and the hub may not be asked, or the hub has no such model for us.
        Unreachable: the hub does not answer.
        DiskFull: there is no room for it.
    """
    if folder := hub_cache.snapshot_of(model, revision, settings):
        return folder
    if hub_cache.is_offline():
        raise BadModel(
            f"The model {model!r} is not on this machine, and this run may not ask the hub: download it first "
            f"(POST /models/download, or `hf download {model}`), or give `tiny` or a model folder.",
            FIELD,
        )
    begins()
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    return fetch(model, revision, settings, token)


def fetch(model: str, revision: str | None, settings: Settings, token: str | None, told: Told | None = None) -> Path:
    """Fetch a model into the cache and return its folder. Raises as `find_or_fetch` does."""
    with HubErrors(model, revision):
        remote = look_up(model, revision, token)
        home = hub_cache.model_folder(model, settings)
        folder = home / "snapshots" / remote.commit
        meter = _Meter(sum(remote.sizes.values()), told)
        _require_room(remote, folder, home)
        for name, size in remote.sizes.items():
            if (folder / name).is_file():
                meter.add(size)
            else:
                hf_hub_download(
                    model, name, revision=remote.commit, token=token, cache_dir=str(home.parent),
                    tqdm_class=meter.bars(),
                )  # fmt: skip
    if not hub_cache.is_whole(folder):
        raise BadModel(f"The model {model!r} names weights in its index that the hub does not have.", FIELD)
    require_safe(folder, FIELD)
    ref = home / "refs" / (revision or hub_cache.MAIN)
    if not hub_cache.COMMIT.fullmatch(ref.name):
        ref.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(ref, remote.commit)
    return folder


def upload(
    files: Mapping[str, Path | bytes], repo_id: str, revision: str | None, token: str, *, message: str, private: bool
) -> str:
    """Put files into a model repository, in one commit; it is made if it is not there. Returns its address.

    One that is there keeps who may see it. What the library raises is for `HubErrors`.
    """
    api = HfApi(token=token)
    url = api.create_repo(repo_id, repo_type="model", private=private, exist_ok=True)
    if revision:
        api.create_branch(repo_id, branch=revision, exist_ok=True)
    operations = [
        CommitOperationAdd(path_in_repo=name, path_or_fileobj=str(file) if isinstance(file, Path) else file)
        for name, file in files.items()
    ]
    api.create_commit(repo_id, operations, commit_message=message, revision=revision)
    return str(url)


def look_up(model: str, revision: str | None, token: str | None) -> Remote:
    """The commit of a revision and the files of it that are read here. Raises BadModel; the library's own else."""
    info = HfApi().model_info(model, revision=revision, files_metadata=True, timeout=CONNECT_SECONDS, token=token)
    files = {file.rfilename: file.size or 0 for file in info.siblings or []}
    wanted = {name: size for name, size in sorted(files.items()) if is_wanted(name)}
    if not any(name.endswith(".safetensors") for name in wanted):
        raise BadModel(f"The model {model!r} has no weights as safetensors, and nothing else is opened here.", FIELD)
    if "config.json" not in wanted:
        raise BadModel(f"{model!r} holds no config.json on the hub, so it is no model that can be loaded.", FIELD)
    if not info.sha or not hub_cache.COMMIT.fullmatch(info.sha):
        raise BadModel(f"The hub names no commit of the model {model!r}.", FIELD)
    return Remote(model, info.sha, wanted)


def is_wanted(name: str) -> bool:
    """Whether a file of a model is one that is read here: its weights as safetensors, configurations, tokenizer."""
    if "/" in name or "\\" in name or name.startswith((".", "consolidated")):
        return False  # `consolidated` is the same weights once more, in their publisher's own layout
    return name in CONFIGS or name in TOKENIZER_FILES or name.endswith((".safetensors", INDEX))


def _require_room(remote: Remote, folder: Path, home: Path) -> None:
    needed = sum(size for name, size in remote.sizes.items() if not (folder / name).is_file())
    there = next(place for place in (home, *home.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if needed + SPARE_BYTES > free:
        raise DiskFull(
            f"{remote.name} takes {needed / 2**30:.1f} GiB and {there} has {free / 2**30:.1f} GiB left: free some "
            "space, or set MODEL_CACHE_DIR to another disk."
        )


class _Meter:
    """Counts the bytes of a download and tells them."""

    def __init__(self, total: int, told: Told | None) -> None:
        self._total, self._told = total, told
        self._here = 0

    def add(self, count: float) -> None:
        """So many more are here; fewer, when the library begins a file anew."""
        self._here += int(count)
        if self._told:
            self._told(self._here, self._total)

    def bars(self) -> Any:
        """What the library takes for a progress bar: draws nothing, counts for this meter."""
        meter = self

        class Bar(tqdm):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                kwargs.pop("name", None)
                super().__init__(*args, **{**kwargs, "disable": True})
                meter.add(kwargs.get("initial") or 0)

            def update(self, n: float | None = 1) -> bool | None:
                meter.add(n or 0)
                return None

        return Bar


class HubErrors:
    """A context that turns what the library raises into errors for people."""

    def __init__(self, model: str, revision: str | None) -> None:
        self._model, self._revision = model, revision

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Exception) and (told := self._told(error)) is not None:
            raise told from error

    def _told(self, error: Exception) -> BadModel | Unreachable | None:
        page = f"https://huggingface.co/{self._model}"
        status = _status(error)
        if isinstance(error, GatedRepoError):
            why = f"The model {self._model!r} is gated (HTTP {status}): accept its terms at {page} and set HF_TOKEN."
            return BadModel(why, FIELD)
        if isinstance(error, RevisionNotFoundError):
            return BadModel(f"The model {self._model!r} has no revision {self._revision!r}: see {page}.", FIELD)
        if isinstance(error, RepositoryNotFoundError | HFValidationError) or status in (401, 403, 404):
            told = f" (HTTP {status})" if status else ""
            return BadModel(
                f"The hub has no model {self._model!r} for us{told}: check the spelling, or set HF_TOKEN if it is "
                "private.",
                FIELD,
            )
        if isinstance(error, HTTPError | ConnectionError) or "Consistency check failed" in str(error):
            what = f"answered HTTP {status}" if status else f"cannot be reached ({_first_line(error)})"
            return Unreachable(f"The hub {what} for {self._model}: try again later; what is here already is kept.")
        return None


class UploadErrors(HubErrors):
    """The same for what is written to the hub."""

    def _told(self, error: Exception) -> BadModel | Unreachable | None:
        status = _status(error)
        if status in (401, 403, 404):
            return BadModel(
                f"The hub does not let this token write to {self._model!r} (HTTP {status}): HF_TOKEN must be one that "
                "may write, and the owner you or an organisation of yours.",
                "repo_id",
            )
        return super()._told(error)


def _status(error: Exception) -> int | None:
    response = error.response if isinstance(error, HfHubHTTPError) else None
    return None if response is None else int(response.status_code)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
