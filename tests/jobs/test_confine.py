"""What a request may name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import InvalidInput
from backend.core.params import EvaluationParams, GenerationParams, MergeParams, Params, TrainParams
from backend.core.registry import Adapter, AdapterRegistry
from backend.jobs.confine import adapters_named, base_model, confined, dataset_path
from tests.service_kit import settings_in


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        (EvaluationParams, {"predictions": "/etc/passwd"}, "predictions"),
        (EvaluationParams, {"reference": "../x.json"}, "reference"),
        (GenerationParams, {"topic": "x", "output_path": "/tmp/x.json"}, "output_path"),
        (MergeParams, {"adapters": ["a:0.5", "../b:0.5"], "output_dir": "x"}, "adapters"),
        (MergeParams, {"adapters": ["a:0.5"], "output_dir": "/x"}, "output_dir"),
    ],
)
def test_a_path_without_a_rule_is_refused_whatever_the_kind(
    tmp_path: Path, kind: type[Params], given: dict[str, Any], field: str
) -> None:
    settings = settings_in(tmp_path)
    AdapterRegistry(settings.adapter_config_path).add(Adapter(name="a", path="models/a"))
    with pytest.raises(InvalidInput) as refused:
        confined(kind.model_validate(given), settings)
    assert refused.value.field == field


@pytest.mark.parametrize("weight", ["", ":1", ":-0.5", ":+2", ":1e-3", ":.5"])
def test_adapters_are_names_of_the_registry_with_weights(tmp_path: Path, weight: str) -> None:
    settings = settings_in(tmp_path)
    AdapterRegistry(settings.adapter_config_path).add(Adapter(name="a", path="models/a"))
    assert [adapter.name for adapter in adapters_named([f"a{weight}"], settings)] == ["a"]


@pytest.mark.parametrize(
    "named", ["a:", "a:x", "a:nan", "a:inf", "a:1e999", "a:1:2", "a:e", "/a", "models/a", "", ":1", "b"]
)
def test_what_is_no_adapter_of_the_registry_is_refused(tmp_path: Path, named: str) -> None:
    settings = settings_in(tmp_path)
    AdapterRegistry(settings.adapter_config_path).add(Adapter(name="a", path="models/a"))
    (tmp_path / "models" / "b").mkdir()  # a folder alone is not in the registry
    with pytest.raises(InvalidInput) as refused:
        adapters_named(["a", named], settings)
    assert refused.value.field == "adapters"


@pytest.mark.parametrize(("given", "name"), [("both", "both"), ("models/both", "both"), ("models/deep/both", "both")])
def test_a_new_folder_is_a_name_or_a_path_into_the_models_folder(tmp_path: Path, given: str, name: str) -> None:
    settings = settings_in(tmp_path)
    found = confined(
        TrainParams(dataset_path="x", output_dir=given).model_copy(update={"dataset_path": None}), settings
    )
    assert Path(found["output_dir"]).name == name
    assert Path(found["output_dir"]).is_relative_to(settings.model_output_dir)


@pytest.mark.parametrize("given", ["my merge", "x" * 97, "-x", "../both", "/both", "a/../.."])
def test_a_folder_whose_last_part_is_no_name_is_refused(tmp_path: Path, given: str) -> None:
    settings = settings_in(tmp_path)
    with pytest.raises(InvalidInput) as refused:
        confined(MergeParams(adapters=["a"], output_dir=given).model_copy(update={"adapters": []}), settings)
    assert refused.value.field == "output_dir"


def test_base_models_are_hub_ids_the_built_in_one_or_folders_of_ours(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    merged = tmp_path / "models" / "merged"
    merged.mkdir()
    assert base_model("tiny", settings) == "tiny"
    assert base_model("Qwen/Qwen2.5-0.5B-Instruct", settings) == "Qwen/Qwen2.5-0.5B-Instruct"
    assert base_model("merged", settings) == str(merged)
    assert base_model(str(merged), settings) == str(merged)
    (tmp_path / "models" / "link").symlink_to("/etc")
    for bad in ("link", "/etc", "C:\\models\\x", "none", "~root/x", "~nobody-of-this-name/x"):
        with pytest.raises(InvalidInput):
            base_model(bad, settings)


def test_what_is_a_hub_id_does_not_depend_on_what_lies_here(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for name in ("backend/core", "backend/none", "none/none"):
        assert base_model(name, settings) == name


def test_a_folder_that_the_settings_have_put_elsewhere_keeps_its_name(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)  # as the presets name it: data/physics_qa.json
    (settings.data_dir / "mine.json").write_text("[]")
    assert dataset_path("data/mine.json", settings) == settings.data_dir / "mine.json"
    for outside in ("data/../secret.json", "data", "data/../data/../../x.json"):
        with pytest.raises(InvalidInput):
            dataset_path(outside, settings)


def test_nothing_is_looked_for_outside_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda path: pytest.fail(f"looked for {path}"))
    for outside in (str(tmp_path / "secret.json"), "../x", f"{tmp_path}/data/../secret.json", "//etc/passwd"):
        with pytest.raises(InvalidInput, match="must lie in"):
            dataset_path(outside, settings)


def test_a_link_is_refused_whatever_is_at_its_end(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    (tmp_path / "there.json").touch()
    told = []
    for name, target in (("a.json", "../there.json"), ("b.json", "../gone.json"), ("c.json", "c.json")):
        (tmp_path / "data" / name).symlink_to(target)
        for text in (name, str(tmp_path / "data" / name)):
            with pytest.raises(InvalidInput) as refused:
                dataset_path(text, settings)
            told.append((text == name, str(refused.value).replace(name, "")))
    assert len(set(told)) == 2
