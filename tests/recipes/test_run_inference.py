"""`run_inference.py`: the answer alone on standard output, whatever model is asked, and files answered whole."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from backend.core.paths import PROJECT_ROOT  # noqa: E402
from tests.recipes.conftest import Run, trained_environment  # noqa: E402
from tests.recipes.terminal import CTRL_C, Terminal  # noqa: E402
from tests.service_kit import until  # noqa: E402

EXACT = ("--device", "cpu", "--dtype", "float32")
GREEDY = ("--temperature", 0, "--max_new_tokens", 8, *EXACT)


@pytest.fixture
def adapters(trained: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the trained adapters, which recipes find by name."""
    for name, value in trained_environment(trained).items():
        monkeypatch.setenv(name, value)
    return trained / "models"


def predictions(folder: Path) -> list[dict[str, Any]]:
    """What a batch has written."""
    rows: list[dict[str, Any]] = json.loads((folder / "predictions" / "predictions.json").read_text(encoding="utf-8"))
    return rows


def test_an_adapter_answers_by_name_and_by_folder_and_the_base_does_not(
    run: Run, adapters: Path, small_model: Path
) -> None:
    ask = ("--prompt", "What is the unit of force 3?", *GREEDY)
    by_name = run("run_inference", *ask, "--model_path", "forces")
    assert by_name.out.startswith("It is newton"), by_name.err
    assert by_name.out.count("\n") == 1
    assert run("run_inference", *ask, "--model_path", adapters / "forces").out == by_name.out
    base = run("run_inference", *ask, "--model_path", small_model)
    assert base.code == 0
    assert base.out != by_name.out


def test_a_file_of_questions_is_answered_with_ids_and_references(
    run: Run, adapters: Path, questions: Path, tmp_path: Path
) -> None:
    outcome = run("run_inference", "--input_file", questions, "--model_path", "forces", "--batch_size", 5, *GREEDY)
    assert outcome.code == 0, outcome.err
    assert outcome.out == "16 answers in " + str(tmp_path / "predictions" / "predictions.json") + ".\n"
    rows = predictions(tmp_path)
    assert [row["id"] for row in rows] == [str(index) for index in range(16)]
    assert {tuple(row) for row in rows} == {("id", "input", "reference", "prediction", "model")}
    assert rows[3]["reference"] == "It is newton 3."
    assert rows[3]["model"] == "forces"
    assert all(row["prediction"].startswith("It is newton") for row in rows)
    assert [path.name for path in (tmp_path / "predictions").iterdir()] == ["predictions.json"]


FORMS = {
    "lines.jsonl": '{"id": "a1", "question": "What is the unit of force 3?"}\n{"question": "x", "answer": "y"}\n',
    "table.csv": 'id,input,output\na1,"What is the unit of force 3?",\n7,x,y\n',
    "data.json": json.dumps(
        {
            "data": [
                {"id": "a1", "instruction": "What is", "input": "the unit of force 3?", "output": ""},
                {"instruction": "x", "output": "y"},
            ]
        }
    ),
    "talks.json": json.dumps(
        [
            {
                "id": "a1",
                "conversations": [
                    {"from": "human", "value": "Who?"},
                    {"from": "gpt", "value": "Newton."},
                    {"from": "human", "value": "What is the unit of force 3?"},
                ],
            },
            {"conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]},
        ]
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_dataset_is_answered(name: str, run: Run, adapters: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FORMS[name])
    outcome = run("run_inference", "--input_file", name, "--model_path", adapters / "forces", *GREEDY)
    assert outcome.code == 0, outcome.err
    first, second = predictions(tmp_path)
    assert (first["id"], first["reference"], first["model"]) == ("a1", "", "forces")
    assert first["input"].endswith("the unit of force 3?")
    assert first["prediction"].startswith("It is newton")
    assert (second["input"], second["reference"]) == ("x", "y")


def test_batches_and_single_questions_get_the_same_greedy_answers(adapters: Path) -> None:
    from backend.core.params import InferenceParams
    from backend.engine.inference import ModelInference

    given = {"model_path": "forces", "temperature": 0, "max_new_tokens": 8, "dtype": "float32", "device": "cpu"}
    model = ModelInference(InferenceParams.model_validate(given))
    asked = ["What is force?", "What is the unit of force 11?", "light"]
    assert model.generate_batch(asked) == [model.generate(question) for question in asked]


def test_one_base_answers_with_and_without_its_adapter(adapters: Path) -> None:
    from backend.core.params import InferenceParams
    from backend.engine.inference import ModelInference

    given = {"model_path": "forces", "temperature": 0, "max_new_tokens": 8, "device": "cpu"}
    model = ModelInference(InferenceParams.model_validate(given))
    with_adapter = model.generate("What is the unit of force 3?").text
    bare = model.generate("What is the unit of force 3?", adapter=None).text
    assert with_adapter.startswith("It is newton")
    assert bare != with_adapter
    assert model.generate("What is the unit of force 3?").text == with_adapter


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(trained: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts the recipe as a process of its own, in `tmp_path`."""
    started: list[subprocess.Popen[str]] = []

    def start(*flags: object) -> subprocess.Popen[str]:
        command = [sys.executable, str(PROJECT_ROOT / "run_inference.py"), *map(str, flags)]
        environ = {**os.environ, **trained_environment(trained), "OMP_NUM_THREADS": "1"}
        started.append(subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def kept(folder: Path) -> int:
    """How many answers the journal holds."""
    try:
        return (folder / "predictions" / "predictions.json.partial").read_bytes().count(b"\n") - 1
    except FileNotFoundError:
        return 0


SLOW_GREEDY = ("--model_path", "talker", "--temperature", 0, "--max_new_tokens", 400)
SLOW_SAMPLED = ("--temperature", 0.9, "--top_p", 1, "--top_k", 60, "--seed", 5, "--max_new_tokens", 400)


@pytest.mark.parametrize("sampled", [False, True], ids=["greedy", "sampled"])
def test_a_killed_batch_goes_on_and_gives_what_an_uninterrupted_one_gives(
    sampled: bool, start: Start, run: Run, adapters: Path, small_model: Path, questions: Path, tmp_path: Path
) -> None:
    flags = ("--base_model_name", small_model, *EXACT, *(SLOW_SAMPLED if sampled else SLOW_GREEDY))
    asked = ("--input_file", questions, "--batch_size", 2, *flags)
    assert run("run_inference", *asked, "--output_file", "whole.json").code == 0
    whole = json.loads((tmp_path / "whole.json").read_text())
    if sampled:  # a seed of its own for each; how many greedy answers differ is the processor's affair
        assert len({row["prediction"] for row in whole}) == 16

    (tmp_path / "predictions").mkdir()
    (tmp_path / "predictions" / "predictions.json").write_text("old")
    process = start(*asked)
    until(lambda: kept(tmp_path) >= 2, 120)
    process.kill()
    process.wait()
    answered = kept(tmp_path)
    assert answered < 16, "the batch was too quick to be killed in its midst"
    assert (tmp_path / "predictions" / "predictions.json").read_text() == "old"
    with (tmp_path / "predictions" / "predictions.json.partial").open("ab") as stream:
        stream.write(b'{"index": 15, "predic')  # a line that the kill has torn

    # With another batch size: what was in flight together does not change an answer.
    outcome = run("run_inference", *asked, "--batch_size", 16)
    assert outcome.code == 0, outcome.err
    assert f"{answered} of 16 answers are there already; continuing." in outcome.err
    assert f"Answered {16 - answered} in" in outcome.err
    assert predictions(tmp_path) == whole
    assert [path.name for path in (tmp_path / "predictions").iterdir()] == ["predictions.json"]


def test_a_stopped_batch_says_how_to_continue_and_another_one_starts_afresh(
    start: Start, run: Run, adapters: Path, questions: Path, tmp_path: Path
) -> None:
    asked = ("--input_file", questions, "--batch_size", 2, *EXACT, *SLOW_GREEDY)
    process = start(*asked)
    until(lambda: kept(tmp_path) >= 1, 120)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 4, told
    answered = kept(tmp_path)
    path = tmp_path / "predictions" / "predictions.json"
    assert f"Stopped. {answered} of 16 answers are kept in {path}.partial: the same command continues." in told
    assert not path.exists()

    outcome = run("run_inference", *asked, "--max_new_tokens", 4)
    assert outcome.code == 0, outcome.err
    assert f"{path}.partial are of another run (max_new_tokens: 400 before, 4 now): starting afresh." in outcome.err
    assert "Answered 16 in" in outcome.err
    assert len(predictions(tmp_path)) == 16


def test_a_batch_on_a_terminal_shows_a_bar_and_ctrl_c_keeps_the_answers(
    trained: Path, questions: Path, tmp_path: Path
) -> None:
    flags = ("--input_file", questions, "--batch_size", 2, *EXACT, *SLOW_GREEDY)
    with Terminal("run_inference", *flags, environ=trained_environment(trained), cwd=tmp_path) as terminal:
        terminal.expect(r"█.* of 16  \d+\.\d answers/s, about \d+ s left")
        terminal.type(CTRL_C)
        terminal.expect(r"error: Stopped\. \d+ of 16 answers are kept")
        assert terminal.end() == 4
    assert kept(tmp_path) >= 1


def test_progress_is_told_in_lines_where_there_is_no_terminal(
    run: Run, adapters: Path, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.engine.answering.answer_progress.LINE_SECONDS", 0.0)
    outcome = run("run_inference", "--input_file", questions, "--model_path", "forces", "--batch_size", 4, *GREEDY)
    assert outcome.err.count(" answers/s, about ") == 16
    assert "\n16 of 16 answers, " in outcome.err


def test_an_answer_that_does_not_fit_the_context_is_refused_before_any_is_written(
    run: Run, adapters: Path, tmp_path: Path
) -> None:
    rows = [{"input": "short"}, {"input": "long " * 40_000}]
    (tmp_path / "q.json").write_text(json.dumps(rows))
    outcome = run("run_inference", "--input_file", "q.json", "--model_path", "forces", *GREEDY)
    assert (outcome.code, "Prompt 1: " in outcome.err) == (2, True), outcome.err
    assert not (tmp_path / "predictions").exists() or list((tmp_path / "predictions").iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--prompt", "?", "--model_path", "nobody"], "There is no model 'nobody'"),
        (["--prompt", "?", "--model_path", "."], "neither an adapter nor a model"),
        (["--prompt", "?", "--input_file", "x.json"], "choose one"),
        (["--input_file", "nothing.json"], "There is no file"),
        ([], "There is no question"),
        (["--prompt", "?", "--temperature", "-1"], "greater than or equal to 0"),
        (["--prompt", "?", "--temperature", "nan"], "finite number"),
        (["--prompt", "?", "--max_new_tokens", "0"], "greater than or equal to 1"),
    ],
)
def test_bad_questions_are_refused(flags: list[str], told: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    outcome = run("run_inference", *flags)
    assert (outcome.code, told in outcome.err, outcome.out) == (2, True, ""), outcome.err


@pytest.mark.parametrize(
    ("content", "output", "told"),
    [
        ("[{", "p.json", "is not JSON"),
        ("[]", "p.json", "holds no records"),
        ('[{"input": "q"}, {"input": ["x"]}]', "p.json", "1 of 2 records cannot be asked.\n  record 1: input"),
        ('[{"input": "q"}, {"input": "\\ud800"}]', "p.json", "record 1: input holds half of a surrogate pair"),
        ('[{"messages": [{"role": "assistant", "content": "a"}]}]', "p.json", "record 0: it begins with the answer"),
        ('[{"input": "q"}]', "in.json/p.json", "is a file, so"),
        ('[{"input": "q"}]', ".", "is a folder: give a file"),
        ('[{"input": "q"}]', "x" * 300, "cannot be made"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_answered_or_written_is_refused_before_the_model_is_loaded(
    content: str, output: str, told: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "in.json").write_text(content)
    # A model that does not exist shows that nothing was loaded: it would be the error.
    outcome = run("run_inference", "--input_file", "in.json", "--output_file", output, "--model_path", "nobody")
    assert (outcome.code, told in outcome.err, outcome.out) == (2, True, ""), outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.json"]


def test_functions_and_other_columns_reach_the_model(run: Run, small_model: Path, tmp_path: Path) -> None:
    """The prompt a record is answered from is the one it would be trained on: tools rendered, columns as mapped."""
    from backend.core.params import InferenceParams
    from backend.engine.inference import ModelInference

    given = {"base_model_name": str(small_model), "prompt_template": "qwen", "device": "cpu", "load_in_4bit": False}
    model = ModelInference(InferenceParams.model_validate(given))
    tool = {"type": "function", "function": {"name": "light_speed", "parameters": {}}}
    with_tool = model.tokenizer.decode(model.request("force", tools=[tool]).tokens)
    assert "light_speed" in with_tool
    assert "light_speed" not in model.tokenizer.decode(model.request("force").tokens)
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"q": "What is force?", "a": "newton", "z": 1}]))
    flags = ["--base_model_name", small_model, "--input_file", rows, "--max_new_tokens", "2"]
    outcome = run("run_inference", *flags, "--column_mapping", "input=q", "output=a")
    assert outcome.code == 0, outcome.err
    (row,) = json.loads((tmp_path / "predictions" / "predictions.json").read_text())
    assert (row["input"], row["reference"]) == ("What is force?", "newton")
