"""Settings come from the environment and .env; .env.example tells all of them, with their true defaults."""

from __future__ import annotations

from pathlib import Path

import pytest
from dotenv import dotenv_values

from backend.core.environment.defaults import from_environment
from backend.core.environment.settings import Settings, environment, load_settings
from backend.core.errors import InvalidInput
from backend.core.params import EvaluationParams, InferenceParams, TrainParams
from backend.core.paths import PROJECT_ROOT

EXAMPLE = PROJECT_ROOT / ".env.example"


def test_the_example_names_every_setting_with_its_default_and_its_help() -> None:
    given = dotenv_values(EXAMPLE, interpolate=False)
    assert {name.upper() for name in Settings.model_fields} <= set(given)
    assert load_settings({name: value for name, value in given.items() if value}) == load_settings({})
    text = EXAMPLE.read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"# {field.description}\n{name.upper()}=" in text


def test_the_example_gives_the_true_defaults_of_the_parameters() -> None:
    given = {name: value for name, value in dotenv_values(EXAMPLE, interpolate=False).items() if value}
    base = {"dataset_path": "x.json", "adapter_name": "a"}
    assert TrainParams.model_validate({**from_environment(TrainParams, given), **base}) == TrainParams.model_validate(
        base
    )
    assert InferenceParams.model_validate(from_environment(InferenceParams, given)) == InferenceParams()
    assert EvaluationParams.model_validate(from_environment(EvaluationParams, given)) == EvaluationParams()
    kinds = (Settings, TrainParams, InferenceParams, EvaluationParams)
    fields = {name.upper() for kind in kinds for name in kind.model_fields}
    assert set(given) <= fields


def test_the_environment_goes_before_the_file_and_secrets_are_not_interpolated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=9000\nOPENAI_API_KEY=hidden\nEVAL_MODEL=${OPENAI_API_KEY}\nLORA_R=\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "9001")
    settings = load_settings(environment(file))
    assert (settings.port, settings.eval_model) == (9001, "${OPENAI_API_KEY}")
    assert "hidden" not in repr(settings)
    assert "LORA_R" not in environment(file)


def test_hosts_may_be_a_json_array_or_names_with_commas() -> None:
    assert load_settings({"ALLOWED_HOSTS": "a, [::1]"}).allowed_hosts == ["a", "[::1]"]
    assert load_settings({"ALLOWED_HOSTS": '["a","b"]'}).allowed_hosts == ["a", "b"]


@pytest.mark.parametrize("port", ["0", "70000", "eight"])
def test_a_setting_that_does_not_fit_is_named(port: str) -> None:
    with pytest.raises(InvalidInput, match="PORT:"):
        load_settings({"PORT": port})
