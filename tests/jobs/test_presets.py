"""Presets: the files of config/."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.core.cli import resolve
from backend.jobs.kinds import JOB_KINDS
from backend.jobs.presets import presets_of


@pytest.mark.parametrize("kind", JOB_KINDS.values(), ids=lambda kind: kind.name)
def test_every_preset_is_headed_and_fits_its_kind(kind) -> None:  # type: ignore[no-untyped-def]
    for preset in presets_of(kind.name):
        assert "config/" not in preset.description
        resolve(kind.params, preset.values, {})


def test_a_file_becomes_a_preset_and_the_built_in_model_comes_first(tmp_path: Path) -> None:
    (tmp_path / "train_big_model.yaml").write_text("base_model_name: a/b\n")
    (tmp_path / "train_tiny_one.yaml").write_text("# Small: Runs anywhere.\nbase_model_name: tiny\n")
    (tmp_path / "merge_x.yaml").write_text("method: svd\n")
    first, second = presets_of("train", tmp_path)
    assert (first.id, first.title, first.description) == ("tiny-one", "Small", "Runs anywhere.")
    assert (second.id, second.title, second.values) == ("big-model", "Big model", {"base_model_name": "a/b"})
    assert presets_of("train", tmp_path / "none") == []
