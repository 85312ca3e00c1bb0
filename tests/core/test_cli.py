"""From flags, files and the environment to parameters, in that precedence."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.core.cli import parse_params
from backend.core.params import MergeParams, TrainParams

REQUIRED = ["--dataset_path", "x.json", "--adapter_name", "a"]


def parse(*flags: str) -> TrainParams:
    return parse_params(TrainParams, [*REQUIRED, *flags])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text("learning_rate: 3e-4\nlora_r: 8\nlora_target_modules: [q_proj]\n", encoding="utf-8")
    return path


def test_both_spellings_of_a_flag_work() -> None:
    assert parse("--learning_rate", "3e-4").learning_rate == parse("--learning-rate", "3e-4").learning_rate == 3e-4


def test_flag_beats_file_beats_environment_beats_default(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_R", "4")
    monkeypatch.setenv("LEARNING_RATE", "1e-3")
    monkeypatch.setenv("NUM_TRAIN_EPOCHS", "7")
    params = parse("--config", str(config), "--learning_rate", "5e-4")
    assert (params.learning_rate, params.lora_r, params.num_train_epochs, params.lora_alpha) == (5e-4, 8, 7, 32)


def test_yaml_numbers_written_as_2e_4_are_numbers(config: Path) -> None:
    assert parse("--config", str(config)).learning_rate == 3e-4


def test_lists_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_TARGET_MODULES", '["q_proj", "v_proj"]')
    assert parse().lora_target_modules == ["q_proj", "v_proj"]


def test_a_list_flag_takes_several_words() -> None:
    assert parse_params(MergeParams, ["--adapters", "a:0.7", "b:0.3", "--output_dir", "m"]).adapters == [
        "a:0.7",
        "b:0.3",
    ]


def test_a_mapping_flag_takes_pairs() -> None:
    assert parse("--column_mapping", "input=q", "output=a").column_mapping == {"input": "q", "output": "a"}


@pytest.mark.parametrize(
    ("flags", "value"),
    [(["--use_dora"], True), (["--use_dora", "false"], False), (["--no_use_dora"], False), (["--no-use-dora"], False)],
)
def test_switches(flags: list[str], value: bool) -> None:
    assert parse(*flags).use_dora is value


def test_shell_variables_of_the_system_are_not_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICE", "toaster")
    monkeypatch.setenv("RESUME", "true")
    assert (parse().device, parse().resume) == ("auto", False)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--learning_rate", "7"], "--learning_rate: given '7': Input should be less than or equal to 1"),
        (["--learn", "1e-4"], "unrecognized arguments: --learn"),
        (["--lora_r", "many"], "--lora_r: given 'many'"),
        (["--device", "toaster"], "--device: given 'toaster'"),
        (["--column_mapping", "input"], "write pairs as name=value"),
        (["--config", "/no/such.yaml"], "cannot be read"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(flags: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse(*flags)
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


def test_a_missing_required_flag_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_params(TrainParams, ["--adapter_name", "a"])
    assert "--dataset_path is required" in capsys.readouterr().err


def test_an_unknown_name_in_a_config_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("learning_rat: 1\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        parse("--config", str(path))
    assert "learning_rat: there is no such parameter" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["- a\n- b\n", "a: [1\n", "just text"])
def test_a_config_that_is_no_mapping_is_refused(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        parse("--config", str(path))
    assert stopped.value.code == 2
    assert "--config" in capsys.readouterr().err
