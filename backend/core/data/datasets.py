"""Files of examples: read in whatever form they come, recognised aloud, every bad record named."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from backend.core.data.records import QUESTION_NAMES, BadRecord, Format, Problem, read_messages, recognise, tools_of
from backend.core.data.rows import read_rows
from backend.core.errors import BadDataset, Unrecognised
from backend.core.paths import normalise_path, shown

PROBLEMS_SHOWN = 10

T = TypeVar("T")


@dataclass(frozen=True)
class Record:
    """One example.

    Args:
        index: its position in the file, from 0.
        messages: the conversation.
        raw: the record as it stands in the file.
        tools: function signatures it carries, if any.
    """

    index: int
    messages: list[dict[str, str]]
    raw: dict[str, Any]
    tools: list[dict[str, Any]] | None = None

    @property
    def prompt(self) -> list[dict[str, str]]:
        """What a model is asked: the turns before the last answer, or all when nobody has answered the last one."""
        return self.messages[:-1] if self.messages[-1]["role"] == "assistant" else self.messages

    @property
    def question(self) -> str:
        """What is asked, as plain text without the system prompt."""
        return "\n".join(turn["content"] for turn in self.prompt if turn["role"] != "system")

    @property
    def answer(self) -> str:
        """The answer to `prompt`, or nothing when the conversation ends with a question."""
        return self.messages[-1]["content"] if self.messages[-1]["role"] == "assistant" else ""


@dataclass(frozen=True)
class LoadedDataset:
    """What a file of examples holds.

    Args:
        path: the file.
        format: its form, e.g. `alpaca`.
        recognised: a sentence saying what was recognised.
        records: the examples that can be used.
        problems: what is wrong with the others.
        total: records in the file, usable or not.
    """

    path: Path
    format: str
    recognised: str
    records: list[Record]
    problems: list[Problem] = field(default_factory=list)
    total: int = 0

    def require_usable(self) -> LoadedDataset:
        """Itself, if it can be trained on.

        Raises:
            BadDataset: records that cannot be read, or nothing but empty answers; lists them by index and field.
        """
        fatal = [problem for problem in self.problems if problem.fatal]
        require_usable(self.path, self.total, len(self.records), fatal[:PROBLEMS_SHOWN], len(fatal))
        return self


def require_usable(path: Path, total: int, usable: int, fatal: list[Problem], count: int) -> None:
    """Refuse a file that cannot be trained on.

    Args:
        total, usable: records in the file.
        fatal: the first of its unreadable records.
        count: how many there are.

    Raises:
        BadDataset: records that cannot be read, or nothing but empty answers; lists them by index and field.
    """
    if count:
        raise BadDataset(
            f"{shown(path)}: {count} of {total} records cannot be read.\n{listed(fatal, count)}\n"
            "Correct them, name your columns with --column_mapping, or let prepare_dataset.py --output_path "
            "write the others to a new file.",
            "dataset_path",
        )
    if not usable:
        raise BadDataset(
            f"{shown(path)}: all {total} answers are empty, so there is nothing to learn: fill in the answers.",
            "dataset_path",
        )


def listed(problems: list[Problem], count: int | None = None) -> str:
    """The first problems, a line each; `count` = how many there are, where not all are given."""
    count = len(problems) if count is None else count
    lines = [f"  record {problem.index}: {problem.field} {problem.message}" for problem in problems[:PROBLEMS_SHOWN]]
    if count > PROBLEMS_SHOWN:
        lines.append(f"  ... and {count - PROBLEMS_SHOWN} more")
    return "\n".join(lines)


def load_records(
    path: Path, column_mapping: Mapping[str, str] | None = None, *, need_answer: bool = True
) -> LoadedDataset:
    """Read a file of examples, recognise its form and turn each record into a conversation.

    Args:
        path: a .json, .jsonl, .csv, .tsv or .parquet file.
        column_mapping: which of the file's columns plays which part, e.g. `{"input": "question"}`.
        need_answer: leave out records without an answer; False for questions to be answered.

    Raises:
        BadDataset: the file is missing, empty, not UTF-8, not in its format, or of no recognised form.
    """
    raws = read_rows(path)
    mapped_rows = [mapped(raw, column_mapping or {}) for raw in raws]
    form = common_form(path, mapped_rows, need_answer=need_answer)
    records, problems = [], []
    for index, (raw, row) in enumerate(zip(raws, mapped_rows, strict=True)):
        try:
            records.append(read_record(index, raw, row, form, need_answer=need_answer))
        except BadRecord as bad:
            problems.append(Problem(index, bad.field, bad.message, bad.fatal, raw))
    return LoadedDataset(path, form[0], sentence(path, form, len(raws), len(problems)), records, problems, len(raws))


def read_record(
    index: int, raw: Any, row: Any, form: tuple[Format, str, str] | None, *, need_answer: bool = True
) -> Record:
    """A row of a file as an example.

    Args:
        raw: the row as it stands there; `row` has its columns renamed.
        form: of most rows, against which one of no form is reported.

    Raises:
        BadRecord: it cannot be used.
    """
    if not isinstance(row, dict):
        raise BadRecord("", f"is a {type(row).__name__}, not an object")
    own_form = recognise(row) or form
    if own_form is None:
        raise BadRecord("", "has no known form")
    return Record(index, read_messages(row, own_form, need_answer=need_answer), raw, tools_of(row))


def load_json_dataset(path: str | Path) -> list[dict[str, Any]]:
    """The records of a dataset file as they stand in it, checked.

    Raises:
        BadDataset: see `load_records`; also when any record cannot be used.
    """
    dataset = load_records(normalise_path(str(path), Path.cwd())).require_usable()
    return [record.raw for record in dataset.records]


def mapped(raw: Any, column_mapping: Mapping[str, str]) -> Any:
    """The row under the names of the parts that its columns play."""
    if not column_mapping or not isinstance(raw, dict):
        return raw
    # Only the named parts count, or an unmapped column could be taken for another form.
    return {part: raw[column] for part, column in column_mapping.items() if column in raw}


def common_form(path: Path, rows: list[Any], *, need_answer: bool) -> tuple[Format, str, str]:
    """The form most records have, as `recognise` gives it; a record of none is then reported against it.

    Raises:
        Unrecognised: no record has a known form.
    """
    forms = Counter(form for row in rows if isinstance(row, dict) and (form := recognise(row)))
    return most_common_form(path, forms, rows[0], need_answer=need_answer)


def most_common_form(
    path: Path, forms: Counter[tuple[Format, str, str]], first: Any, *, need_answer: bool
) -> tuple[Format, str, str]:
    """As `common_form`, from the counted forms and the first row."""
    if forms:
        return forms.most_common(1)[0][0]
    question = next((name for name in QUESTION_NAMES if isinstance(first, dict) and name in first), None)
    if question and not need_answer:
        return "input/output", question, "output"
    has = f"has {', '.join(map(str, first))}" if isinstance(first, dict) else f"is a {type(first).__name__}"
    raise Unrecognised(
        f"{shown(path)}: record 0 {has}; expected input and output, instruction and output, messages, or "
        "conversations. Rename the fields, or map them: --column_mapping input=<question> output=<answer>.",
        "dataset_path",
    )


def sentence(path: Path, form: tuple[str, str, str], total: int, unusable: int) -> str:
    """What was recognised in a file."""
    kind, question, answer = form
    what = {
        "messages": "conversations (messages)",
        "sharegpt": "conversations (ShareGPT)",
        "alpaca": "instructions (Alpaca)",
        "input/output": f"questions ({question}) and answers ({answer})",
    }[kind]
    container = {".jsonl": "JSON Lines", ".ndjson": "JSON Lines"}.get(path.suffix, path.suffix[1:].upper() or "JSON")
    left_out = f", {unusable} of them unusable" if unusable else ""
    return f"{path.name}: {container} with {total:,} {what}{left_out}."


def split(records: Iterable[T], share: float, seed: int) -> tuple[list[T], list[T]]:
    """Shuffle and cut: `(training, validation)`, with at least one example on each side when `share` > 0.

    Raises:
        BadDataset: fewer than two examples.
    """
    everything = list(records)
    training, validation = split_positions(len(everything), share, seed)
    return [everything[position] for position in training], [everything[position] for position in validation]


def split_positions(count: int, share: float, seed: int) -> tuple[array[int], array[int]]:
    """As `split`, by the positions of `count` examples, 8 bytes each. Raises BadDataset."""
    if share <= 0:
        return array("q", range(count)), array("q")
    if count < 2:
        raise BadDataset("One example cannot be split into training and validation: add examples.", "dataset_path")
    order = array("q", range(count))
    Random(seed).shuffle(order)
    is_held_out = bytearray(count)
    for position in order[: min(max(1, round(count * share)), count - 1)]:
        is_held_out[position] = True
    training = array("q", (position for position in range(count) if not is_held_out[position]))
    return training, array("q", (position for position in range(count) if is_held_out[position]))
