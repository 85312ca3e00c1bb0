"""What is shown of a dataset is what a run would learn from: counted without transformers, to the last token."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from backend.core.data.datasets import Record, load_records
from backend.core.data.looking import Findings, Look
from backend.core.errors import BadDataset, MissingDependency
from backend.core.params import TrainParams
from backend.engine.dataset_look import report, token_rows
from backend.engine.loading import load_tokenizer
from backend.engine.tokenising import Tokenised, tokenise
from backend.engine.tokens.cuts import stops_up_to
from backend.engine.tokens.saved import CharacterCounter, SavedTokenizer, save

TALKS: list[dict[str, Any]] = [
    {"input": "What is force?", "output": "A push or a pull.\n\n  It is measured in newton. "},
    {"instruction": "Translate", "input": "Übermaß 力 🚀", "output": "Überfluß — 力学 🚀🚀"},
    {"messages": [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "a" * 300},
        {"role": "assistant", "content": "b c " * 50}, {"role": "user", "content": "And?"},
        {"role": "assistant", "content": "<tool_call>\n{}\n</tool_call>"}, {"role": "tool", "content": "7"},
        {"role": "assistant", "content": "seven"},
    ]},
    {"conversations": [{"from": "human", "value": "e\u0301 <|im_end|>\t\r\n x"}, {"from": "gpt", "value": "\u00e9"}]},
    {"input": "What is Force", "output": "a push or a pull it is measured in newton"},
]  # fmt: skip
"""Every form; accents, letters of several bytes, marks of the template inside a text, odd white space, many turns."""
OTHER_TOKENIZER = os.environ.get("OTHER_TOKENIZER")
"""A folder of another base's tokenizer to try as well, e.g. Qwen2's with 152k entries."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "talks.json"
    path.write_text(json.dumps(TALKS), encoding="utf-8")
    return path


@pytest.fixture(params=["small", pytest.param("other", marks=pytest.mark.skipif(not OTHER_TOKENIZER, reason="none"))])
def base(request: pytest.FixtureRequest, small_model: Path) -> str:
    return str(small_model if request.param == "small" else OTHER_TOKENIZER)


def kept(base: str, folder: Path) -> SavedTokenizer:
    save(load_tokenizer(base), folder / "kept" / "tokenizer.json")
    return SavedTokenizer.of_file(folder / "kept" / "tokenizer.json")


def as_a_run(records: list[Record], base: str, max_length: int, template: str = "auto") -> Tokenised:
    params = {"dataset_path": "x", "adapter_name": "a", "max_length": max_length, "prompt_template": template}
    return tokenise(records, load_tokenizer(base), TrainParams.model_validate(params))


def looked(file: Path, tokenizer: SavedTokenizer | CharacterCounter, **more: Any) -> Findings:
    return report(Look(path=str(file), **more), tokenizer)


@pytest.mark.parametrize("template", ["auto", "qwen", "llama3"])
def test_every_stop_of_the_slider_is_what_a_run_has(template: str, base: str, file: Path, tmp_path: Path) -> None:
    records = load_records(file).records
    found = looked(file, kept(base, tmp_path), prompt_template=template)
    whole = as_a_run(records, base, 2**20, template)
    assert found.template == whole.sentence
    assert (found.lengths.total, found.lengths.longest) == (sum(whole.lengths), max(whole.lengths))
    cuts = found.cuts
    assert cuts.max_length[-1] == max(whole.lengths)
    for place in {0, 1, 30, 60, 100, 200, len(cuts.max_length) - 1} & set(range(len(cuts.max_length))):
        try:
            run = as_a_run(records, base, cuts.max_length[place], template)
        except BadDataset:  # every one is longer, which a run refuses
            assert cuts.truncated[place] == len(records)
            continue
        told = (cuts.truncated[place], cuts.left_out[place], cuts.tokens[place], cuts.supervised[place])
        assert told == (run.truncated, run.left_out, run.tokens, run.supervised_tokens)


def test_the_tokens_of_a_row_are_those_of_a_run(base: str, file: Path, tmp_path: Path) -> None:
    tokenizer = kept(base, tmp_path)
    records = load_records(file).records
    seen = token_rows(Look(path=str(file), indices=[0, 2, 3]), tokenizer)
    assert [row.index for row in seen.rows] == [0, 2, 3]
    run = as_a_run([records[index] for index in (0, 2, 3)], base, 2**20)
    assert seen.template == run.sentence
    for row, feature in zip(seen.rows, run.features, strict=True):
        assert len(row.tokens) == feature["length"]
        assert [token.supervised for token in row.tokens] == [label >= 0 for label in feature["labels"]]
        text = "".join(token.text for token in row.tokens)
        assert text.startswith(run.template.render(records[row.index].messages).rstrip())


def test_what_is_said_twice_or_elsewhere_is_told_by_record(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps([{"input": "new?", "output": "x"}, {"input": "what is force", "output": "y"}]))
    found = looked(file, CharacterCounter(), against=str(other))
    assert found.repetition.exact == [[0, 4]]
    assert found.leakage is not None
    assert (found.leakage.questions, [(leak.index, leak.other) for leak in found.leakage.leaks]) == (2, [(0, 1)])
    assert found.roles == {"user": 6, "assistant": 7, "system": 1, "tool": 1}
    assert found.turns == {2: 4, 7: 1}


def test_without_a_tokenizer_the_characters_tell(file: Path) -> None:
    found = looked(file, CharacterCounter())
    assert found.lengths.shortest > 10
    assert sum(bar.count for bar in found.histogram) == len(TALKS)
    assert 0 < found.cuts.supervised[-1] < found.cuts.tokens[-1] == found.lengths.total


def test_unusable_records_are_passed_over_and_nothing_usable_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"input": "q"}, {"input": "q", "output": "a"}, 3]))
    assert looked(path, CharacterCounter()).examples == 1
    path.write_text(json.dumps([{"input": "q"}]))
    with pytest.raises(BadDataset, match="no example"):
        looked(path, CharacterCounter())


def test_a_tokenizer_written_in_python_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(MissingDependency, match="only a run"):
        save(object(), tmp_path / "x.json")


def test_stops_are_dense_where_people_choose() -> None:
    assert stops_up_to(3) == [8]
    assert stops_up_to(12) == [8, 9, 10, 11, 12]
    many = stops_up_to(3_000_000)
    assert {512, 1024, 2048, 4096, 32_768, 131_072, 2**20} <= set(many)
    assert len(many) < 1600
