"""Names, not paths, from HTTP: what a request names must lie in the folder meant for it.

The command line's paths are the user's business; a request may come from a page in his browser. Which field names what
is told by the hints of its class (`x-widget`), so that a new kind is guarded without a line here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput, NotFound
from backend.core.params import Params
from backend.core.params.hub_id import is_hub_id
from backend.core.paths import PROJECT_ROOT, normalise_path, resolve_name
from backend.core.registry import Adapter, AdapterRegistry
from backend.jobs.model_checks import require_loadable

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_WEIGHT = re.compile(r"[0-9.eE+-]{1,20}")


PLACES: Mapping[Any, Callable[[Settings], Path]] = {
    "predictions": lambda settings: settings.predictions_dir,
    "rubric": lambda _: PROJECT_ROOT / "config" / "rubrics",
}
"""Where the files of a widget lie."""


def documents_of(settings: Settings) -> Path:
    """The folder of the documents that datasets are written from."""
    return settings.data_dir / "documents"


def confined(params: Params, settings: Settings) -> dict[str, Any]:
    """The path-like fields of a request as absolute paths inside their folders (hub ids as they are).

    Raises:
        InvalidInput: a field leads elsewhere, names nothing, or is the service's to set; its `field` says which.
    """
    found: dict[str, Any] = {}
    for name, field in type(params).model_fields.items():
        hints = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        widget, value = hints.get("x-widget"), getattr(params, name)
        if value is None or (value == field.default and widget != "model"):
            continue
        if hints.get("x-managed"):
            raise InvalidInput(f"{name} is set by the service: leave it out.", name)
        if widget == "dataset":
            found[name] = str(dataset_path(value, settings, name))
        elif widget == "datasets":
            found[name] = [str(dataset_path(one, settings, name)) for one in value]
        elif widget == "documents":
            found[name] = [str(_file_in(documents_of(settings), one, name)) for one in value]
        elif widget == "model":
            found[name] = base_model(value, settings, name)
        elif widget == "made":
            found[name] = made_here(value, settings, name)
        elif widget == "models":
            found[name] = models_named(value, settings, name)
        elif widget in PLACES:
            found[name] = str(_file_in(PLACES[widget](settings), value, name))
        elif widget == "adapter":
            adapters_named([value] if isinstance(value, str) else value, settings, name)
        elif name == "output_dir":
            found[name] = str(_output(settings.model_output_dir, value, name))
        elif _is_path(type(params), name):  # without a rule of its own: refused, not overlooked
            raise InvalidInput(f"{name} may be given on the command line only: leave it out.", name)
    return found


def _is_path(kind: type[Params], name: str) -> bool:
    form = kind.model_json_schema()["properties"][name]
    options = (form, *form.get("anyOf", ()))
    return any(part.get("format") == "path" for option in options for part in (option, option.get("items", {})))


def adapters_named(values: Sequence[str], settings: Settings, field: str = "adapters") -> list[Adapter]:
    """Adapters of the registry, each named with a weight (`name:0.5`) or without: never folders.

    Raises:
        InvalidInput: one is no such text, or the registry does not have it.
        BadModel: its folder holds what is not opened here.
    """
    registry = AdapterRegistry(settings.adapter_config_path)
    found = []
    for value in values:
        name, colon, weight = value.partition(":")
        if not _NAME.fullmatch(name) or (colon and not _is_weight(weight)):
            raise InvalidInput(
                f"{field} takes names of the registry, with a weight or without: name, or name:0.5.", field
            )
        try:
            adapter = registry.find(name)
        except NotFound as error:
            raise InvalidInput(str(error), field) from None
        require_loadable(normalise_path(adapter.path), field)
        found.append(adapter)
    return found


def models_named(values: Sequence[str], settings: Settings, field: str = "models") -> list[str]:
    """Adapters of the registry by name, bases and merged models as `base_model` takes them.

    Raises:
        InvalidInput: one is neither.
    """
    adapters = {adapter.name for adapter in AdapterRegistry(settings.adapter_config_path).read().adapters}
    found = []
    for value in values:
        if value in adapters:
            adapters_named([value], settings, field)
            found.append(value)
        else:
            found.append(base_model(value, settings, field))
    return found


def made_here(text: str, settings: Settings, field: str = "model") -> str:
    """An adapter of the registry by its name, or a folder in the models folder: nothing of the hub.

    Raises:
        InvalidInput: it is neither.
    """
    if any(adapter.name == text for adapter in AdapterRegistry(settings.adapter_config_path).read().adapters):
        adapters_named([text], settings, field)
        return text
    root = settings.model_output_dir
    path = _within(root, str(root / text) if _PLAIN.fullmatch(text) else text)
    if path is None or not path.is_dir():
        raise InvalidInput(f"{field} is neither an adapter of the registry nor a folder in {root.name}/.", field)
    require_loadable(path, field)
    return str(path)


def _file_in(root: Path, text: str, field: str) -> Path:
    """A file in a folder of ours, by its name or by a path that leads into it. Raises InvalidInput."""
    path = _inside(root, str(root / text) if _PLAIN.fullmatch(text) else text, field)
    if not path.is_file():
        raise InvalidInput(f"There is no such file in {root.name}/.", field)
    return path


def _is_weight(text: str) -> bool:
    try:
        return bool(_WEIGHT.fullmatch(text)) and isfinite(float(text))
    except ValueError:
        return False


def dataset_path(text: str, settings: Settings, field: str = "dataset_path") -> Path:
    """A dataset by its name in the data folder, or by a path that leads into it (`data/x.json`).

    Raises:
        InvalidInput: it leads elsewhere, or there is no such file.
    """
    root = settings.data_dir
    try:
        path = resolve_name(root, text) if _PLAIN.fullmatch(text) else _inside(root, text, field)
    except (InvalidInput, NotFound) as error:
        raise InvalidInput(str(error), field) from None
    if not path.is_file():
        raise InvalidInput(f"There is no such file in {root.name}/: GET /datasets lists them.", field)
    return path


def base_model(text: str, settings: Settings, field: str = "base_model_name") -> str:
    """A hub id, `tiny`, or a folder inside the models folder.

    What has the form of a hub id and does not lead into the models folder is one, whatever lies at that path here: an
    answer that depended on it would tell which folders this machine has.

    Raises:
        InvalidInput: it is none of them.
    """
    root = settings.model_output_dir
    if text == "tiny" or (is_hub_id(text) and not _leads_into(root, text)):
        return text
    path = _within(root, str(root / text) if _PLAIN.fullmatch(text) else text)
    if path and path.is_dir():
        require_loadable(path, field)
        return str(path)
    raise InvalidInput(
        f"{field} is neither `tiny`, a Hugging Face id (`owner/name`), nor a folder in {root.name}/.", field
    )


def _output(root: Path, text: str, field: str) -> Path:
    """A new folder in the models folder, by its name or by a path that leads into it (`models/x`).

    Its last part becomes the name under which the result is listed and asked, so it must be one.
    """
    path = _inside(root, str(root / text) if _PLAIN.fullmatch(text) else text, field)
    if not _NAME.fullmatch(path.name):
        raise InvalidInput(
            f"{field} must end in a name: letters, digits, dot, dash and underscore, 96 at most.", field
        )
    return path


def _inside(root: Path, text: str, field: str) -> Path:
    """The path a text leads to, if it lies below the folder. Raises InvalidInput."""
    path = _within(root, text)
    if path is None:
        raise InvalidInput(f"{field} must lie in {root.name}/: give a name, or {root.name}/<name>.", field)
    return path


def _within(root: Path, text: str) -> Path | None:
    """The path a text leads to, with every link followed, if it lies below the folder.

    The text is judged first: a path that leads elsewhere is not looked for.
    """
    path = _leads_into(root, text)
    if path is None:
        return None
    try:
        found = path.resolve()
        found.exists()  # raises here, not later, when a name is longer than the system allows
    except (OSError, RuntimeError):  # or it leads in a circle
        return None
    return found if root.resolve() in found.parents else None


def _leads_into(root: Path, text: str) -> Path | None:
    """The path that a text spells, if it lies below the folder.

    `<folder>/<name>` leads into the folder wherever the settings have put it, as the presets' `data/x.json` must;
    other relative paths start at the project, as in the README. Nothing is taken for somebody's home: whether `~name`
    is one would tell who has an account.
    """
    if text.startswith("~") or "//" in text:  # a doubled slash may begin anew elsewhere, where a path is joined
        return None
    base = root.parent if text.startswith(f"{root.name}/") else PROJECT_ROOT
    try:
        path = Path(os.path.normpath(normalise_path(text, base)))
    except InvalidInput:
        return None
    homes = {Path(os.path.normpath(root)), root.resolve()}
    return path if homes & set(path.parents) else None
