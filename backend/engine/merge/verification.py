"""A finished merge checked against its manifest: every file by its hash, and a sample of the layers computed again."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend.core.errors import BadModel, PipelineError
from backend.core.params import MergeParams
from backend.core.paths import normalise_path, shown
from backend.core.storage.files import sha256_of
from backend.engine.adapter_file import CONFIG, WEIGHTS, AdapterFile
from backend.engine.merge.manifest import MANIFEST, read_manifest
from backend.engine.merge.parents import Parent, modules_of
from backend.engine.merge.rewritten import Unreachable, compare_written
from backend.engine.merge.stored import held_in

SAMPLED = 8
"""Layers computed again; of a 7B model that takes seconds, and a foreign file differs in all of them."""
MOST_NAMED = 5
HASH = re.compile(r"[0-9a-f]{64}")


def verify(folder: Path) -> list[str]:
    """Check the result in a folder.

    Returns:
        What was checked, a line each; also what could not be, since a parent or the base is gone or has changed.

    Raises:
        BadModel: a file is missing, changed or not named by the manifest, or a layer is not what its parents make;
            names the files and layers.
    """
    manifest = read_manifest(folder)
    lines = [_check_files(folder, manifest)]
    try:
        params = MergeParams.model_validate(manifest.get("params"))
        parents = _parents(manifest)
    except ValidationError:
        return [*lines, "Not computed again: the manifest's parameters are another version's."]
    except Unreachable as missing:
        return [*lines, f"Not computed again: {missing}."]
    sample = sorted(random.Random(params.seed).sample(modules_of(parents), min(SAMPLED, len(modules_of(parents)))))
    if params.into_base:
        return [*lines, _check_model(folder, manifest, parents, params, sample)]
    return [*lines, _check_adapter(folder, parents, params, sample)]


def _check_files(folder: Path, manifest: Mapping[str, Any]) -> str:
    files = manifest.get("files")
    if not isinstance(files, dict) or not files or not all(_is_entry(folder, *entry) for entry in files.items()):
        raise BadModel(f"The {MANIFEST} in {shown(folder)} is damaged: its list of files cannot be read.")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    findings = {
        "missing": sorted(set(files) - there),
        "not named by the manifest": sorted(there - set(files)),
        "changed": [name for name in sorted(there & set(files)) if sha256_of(folder / name) != files[name]],
    }
    wrong = [f"{_some(names)} {_is(names)} {what}" for what, names in findings.items() if names]
    if wrong:
        raise BadModel(f"{shown(folder)} is not what was merged: {'; '.join(wrong)}.")
    return f"All {len(files)} files are what the manifest says."


def _is_entry(folder: Path, name: Any, digest: Any) -> bool:
    """Whether it is a path inside the folder with a hash."""
    plain = (
        isinstance(name, str) and "\0" not in name and not Path(name).is_absolute() and ".." not in Path(name).parts
    )
    return plain and isinstance(digest, str) and HASH.fullmatch(digest) is not None


def _parents(manifest: Mapping[str, Any]) -> list[Parent]:
    """The adapters that went in, if they are still what they were. Raises Unreachable."""
    try:
        return [_parent(entry) for entry in manifest["parents"]]
    except (KeyError, TypeError, AttributeError):
        raise Unreachable(f"the {MANIFEST} does not describe the adapters") from None


def _parent(entry: Mapping[str, Any]) -> Parent:
    name, folder = entry["name"], normalise_path(entry["path"])
    for file, digest in ((CONFIG, entry["config_sha256"]), (WEIGHTS, entry["weights_sha256"])):
        if not (folder / file).is_file():
            raise Unreachable(f"{name} is no longer in {shown(folder)}")
        if sha256_of(folder / file) != digest:
            raise Unreachable(f"{name} has changed since ({shown(folder / file)})")
    return Parent(name, AdapterFile(folder), float(entry["weight"]), float(entry["weight_given"]))


def _check_adapter(folder: Path, parents: Sequence[Parent], params: MergeParams, sample: Sequence[str]) -> str:
    file = AdapterFile(folder)
    missing = set(modules_of(parents)) ^ set(file.modules)
    if missing:
        raise BadModel(f"{shown(folder / WEIGHTS)} and its parents do not adapt the same layers: {_some(missing)}.")
    faults = [held_in(file, parents, module, params, again=True).fault for module in sample]
    _require_none(folder / WEIGHTS, [fault for fault in faults if fault])
    return f"{len(sample)} of {len(file.modules)} layers, computed again from {_names(parents)}, are what is stored."


def _check_model(
    folder: Path, manifest: Mapping[str, Any], parents: Sequence[Parent], params: MergeParams, sample: Sequence[str]
) -> str:
    try:
        base = _base(manifest)
        faults, checked = compare_written(folder, base, _shards(manifest), parents, params, sample)
    except Unreachable as missing:
        return f"Not computed again: {missing}."
    _require_none(folder, faults)
    made_of = f"{shown(base)} and {_names(parents)}"
    return f"{checked} of {len(modules_of(parents))} layers, computed again from {made_of}, are what is stored."


def _base(manifest: Mapping[str, Any]) -> Path:
    try:
        folder, digest = normalise_path(manifest["base"]["base"]["folder"]), manifest["base"]["base"]["config_sha256"]
    except (KeyError, TypeError, PipelineError):
        raise Unreachable(f"the {MANIFEST} does not describe the base") from None
    if not (folder / "config.json").is_file():
        raise Unreachable(f"the base is no longer in {shown(folder)}")
    if sha256_of(folder / "config.json") != digest:
        raise Unreachable(f"the base has changed since ({shown(folder / 'config.json')})")
    return folder


def _shards(manifest: Mapping[str, Any]) -> dict[str, str]:
    found = manifest["base"].get("shards")
    return found if isinstance(found, dict) else {}


def _require_none(place: Path, faults: Sequence[str]) -> None:
    if faults:
        raise BadModel(
            f"{shown(place)} is not what its manifest's adapters make of the base, although its hashes agree: "
            f"{'; '.join(faults[:MOST_NAMED])}."
        )


def _names(parents: Sequence[Parent]) -> str:
    return ", ".join(f"{parent.name}:{parent.weight:g}" for parent in parents)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _some(names: Any) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - MOST_NAMED} more" if len(listed) > MOST_NAMED else ""
    return ", ".join(listed[:MOST_NAMED]) + more
