"""Parameters as people paste them: YAML, JSON, a command line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import InvalidInput
from backend.core.params import MergeParams, TrainParams
from backend.core.pasted import LONGEST, read_text, read_values, written

WANTED = {"lora_r": 8, "learning_rate": 2e-4, "load_in_4bit": False, "lora_target_modules": ["q_proj", "v_proj"]}


def read(text: str) -> tuple[str, dict[str, Any], list[str], list[str]]:
    found = read_text(TrainParams, text, "train.py")
    return found.form, found.values, found.unknown, [mistake.name for mistake in found.errors]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("yaml", "# mine\nlora_r: 8\nlearning_rate: 2e-4\nload_in_4bit: false\nlora_target_modules: [q_proj, v_proj]"),
        ("json", '{"lora_r": 8, "learning_rate": 2e-4, "load_in_4bit": false,'
                 ' "lora_target_modules": ["q_proj", "v_proj"]}'),
        ("command", "python train.py --lora_r 8 --learning-rate 2e-4 --no_load_in_4bit"
                    " --lora_target_modules q_proj v_proj"),
        ("command", "$ LORA_R=8 python3 ./train.py \\\n  --learning_rate=0.0002 \\\r\n --load_in_4bit false"
                    " --lora-target-modules q_proj v_proj && echo done"),
        ("command", "accelerate launch train.py --lora_r 8 --learning_rate 2e-4 --load_in_4bit no"
                    " --lora_target_modules q_proj v_proj"),
        ("command", "--lora_r 8 --learning_rate 2e-4 --no-load-in-4bit --lora_target_modules q_proj v_proj"),
    ],
)  # fmt: skip
def test_every_form_says_the_same(form: str, text: str) -> None:
    assert read(text) == (form, WANTED, [], [])


def test_what_has_no_place_is_named_beside_what_has() -> None:
    assert read("lora_r: 8\nlora_rank: 9\nlearning_rate: 2") == (
        "yaml",
        {"lora_r": 8},
        ["lora_rank"],
        ["learning_rate"],
    )
    told = read("python train.py --lora_r 8 --rank 9 --epochs=3 --config mine.yaml --help")
    assert told == ("command", {"lora_r": 8}, ["rank", "epochs"], ["config"])
    assert read('{"column_mapping": {"input": 3}}')[3] == ["column_mapping"]


def test_pairs_and_quotes_of_a_command_are_understood() -> None:
    text = "python train.py --dataset_path 'my data.json' --column_mapping input=q 'output=the answer'"
    mapping = {"input": "q", "output": "the answer"}
    assert read(text)[1] == {"dataset_path": "my data.json", "column_mapping": mapping}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", "one parameter on a line"),
        ("a: [", "not YAML"),
        ('{"lora_r": NaN}', "JSON does not have"),
        ("python merge_multiple_loras.py --adapters a:1", "command of merge_multiple_loras.py; here train.py"),
        ("python train.py --lora_r", "expected one argument"),
        ("python train.py --description 'never ends", "ends too early"),
        ("a: &x [1]\nb: [*x, *x]", "refers to parts of itself"),
        ("[" * 5000, "too deeply"),
        ("- " * 5000, "too deeply"),
        ("a: 1\n" * 5000, "more than 2000 lines"),
        ("python train.py " + "--a " * 5000, "more than 2000 words"),
        ("2024-99-99: 2024-99-99", "not YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        read(text)


def test_no_object_of_a_language_is_made_of_a_text() -> None:
    with pytest.raises(InvalidInput, match="constructor"):
        read("lora_r: !!python/object/apply:os.getpid []")


def test_what_json_does_not_have_is_no_value() -> None:
    found = read('learning_rate: .inf\noptim: "\\ud800"\ndescription: 2024-01-01\n"\\a": 1')
    assert (found[1], found[2]) == ({}, ["?"])
    assert sorted(found[3]) == ["description", "learning_rate", "optim"]


texts = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=40)


@given(
    st.fixed_dictionaries(
        {
            "learning_rate": st.floats(1e-300, 1),
            "description": texts,
            "column_mapping": st.dictionaries(texts, texts, max_size=3),
            "lora_target_modules": st.lists(texts, min_size=1, max_size=3),
            "system_prompt": st.none() | texts,
            "use_dora": st.booleans(),
            "seed": st.integers(0, 2**32 - 1),
        }
    )
)
def test_what_is_written_reads_back_as_it_was(values: dict[str, Any]) -> None:
    assert read(written(values)) == ("yaml", values, [], [])


def test_values_are_checked_like_a_text() -> None:
    found = read_values(MergeParams, {"adapters": ["a:1"], "rank": 0, "strange": 1})
    assert (found.values, found.unknown) == ({"adapters": ["a:1"]}, ["strange"])
    assert [mistake.name for mistake in found.errors] == ["rank"]
    assert len(read_values(TrainParams, {f"x{number}": 1 for number in range(1000)}).unknown) < 100
    assert LONGEST > 20_000  # a prompt of any length that is allowed
