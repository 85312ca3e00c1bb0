"""The built-in base model: the same bytes from the same seed, an ordinary model folder, built once and whole."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from backend.core.data.prompts import format_prompt
from backend.core.physics import samples
from backend.engine import tiny
from backend.engine.pretraining import Recipe
from backend.engine.tiny import build_tiny, ensure_tiny

SHORT = Recipe(hidden=64, intermediate=128, layers=1, heads=2, steps=2, rows=2, row_tokens=16)


def quiet(step: int, steps: int, loss: float) -> None:
    """A progress that tells nobody."""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("built") / "tiny", progress=quiet, recipe=SHORT)


def test_the_same_seed_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    assert contents(build_tiny(tmp_path / "again", progress=quiet, recipe=SHORT)) == contents(built)


def test_another_seed_gives_another_model(built: Path, tmp_path: Path) -> None:
    other = build_tiny(tmp_path / "other", seed=43, progress=quiet, recipe=SHORT)
    assert contents(other)["model.safetensors"] != contents(built)["model.safetensors"]
    assert contents(other)["tokenizer.json"] == contents(built)["tokenizer.json"]


def test_building_leaves_the_callers_random_numbers_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    build_tiny(tmp_path / "tiny", progress=quiet, recipe=SHORT)
    assert torch.equal(torch.rand(3), expected)


def test_progress_counts_every_step(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    build_tiny(tmp_path / "tiny", progress=lambda step, steps, loss: told.append((step, steps)), recipe=SHORT)
    assert told == [(1, 2), (2, 2)]


def test_it_loads_as_an_ordinary_model_folder(built: Path) -> None:
    model, tokenizer = AutoModelForCausalLM.from_pretrained(built), AutoTokenizer.from_pretrained(built)
    assert isinstance(model, PreTrainedModel)
    assert model.config.model_type == "qwen2"
    assert len(tokenizer) == model.config.vocab_size
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.pad_token == "<|endoftext|>"
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id


@pytest.mark.parametrize(
    "text", ["Who discovered the proton?", "6.626 × 10⁻³⁴ J s", "Ørsted, Ω\n\tλ = h/p", "日本語 😀", ""]
)
def test_any_text_is_read_back_as_written(built: Path, text: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(built)
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_every_fact_question_and_answer_is_read_back_as_written(built: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(built)
    records = samples.training_records() + samples.test_records()
    texts = samples.statements() + [text for record in records for text in record.values()]
    assert tokenizer.batch_decode(tokenizer(texts)["input_ids"]) == texts


def test_its_template_is_the_projects_chatml(built: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(built)
    turns = [{"role": "user", "content": "What is the SI unit of force?"}]
    rendered = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert rendered == format_prompt(turns)
    assert (
        tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
        == (tokenizer(rendered)["input_ids"])
    )


def test_the_real_recipe_suits_nf4() -> None:
    recipe = Recipe()
    assert all(width % 64 == 0 for width in (recipe.vocabulary, recipe.hidden, recipe.intermediate))


def test_a_built_model_is_not_built_again(tmp_path: Path) -> None:
    folder = ensure_tiny(tmp_path / "base" / "tiny", progress=quiet, recipe=SHORT)
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert ensure_tiny(folder, progress=_forbidden, recipe=SHORT) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before


@pytest.mark.parametrize("stamp", ['{"stamp": "of an older recipe"}', "not JSON", "[]", None])
def test_a_model_of_another_recipe_is_replaced(tmp_path: Path, stamp: str | None) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "leftover.bin").write_bytes(b"old")
    if stamp is not None:
        (folder / tiny.STAMP_FILE).write_text(stamp, encoding="utf-8")
    ensure_tiny(folder, progress=quiet, recipe=SHORT)
    assert not (folder / "leftover.bin").exists()
    assert (folder / "model.safetensors").is_file()


def test_a_failed_build_leaves_nothing_and_the_next_one_succeeds(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="not again"):
        ensure_tiny(tmp_path / "tiny", progress=_forbidden, recipe=SHORT)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    ensure_tiny(tmp_path / "tiny", progress=quiet, recipe=SHORT)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["tiny"]


def test_of_two_at_once_only_one_builds(tmp_path: Path) -> None:
    finished: list[int] = []
    first_is_in, second_has_started = threading.Event(), threading.Event()

    def slow(step: int, steps: int, loss: float) -> None:
        first_is_in.set()
        assert second_has_started.wait(60)
        finished.append(step)

    first = threading.Thread(target=ensure_tiny, args=(tmp_path / "tiny",), kwargs={"progress": slow, "recipe": SHORT})
    first.start()
    assert first_is_in.wait(60)
    second = threading.Thread(
        target=ensure_tiny, args=(tmp_path / "tiny",), kwargs={"progress": _forbidden, "recipe": SHORT}
    )
    second.start()
    second_has_started.set()
    first.join()
    second.join()
    assert finished == [1, 2]


def _forbidden(step: int, steps: int, loss: float) -> None:
    raise AssertionError("not again")
