"""Files of examples: read in whatever form they come, recognised aloud, every bad record named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from backend.core.data.records import QUESTION_NAMES, BadRecord, Format, Problem, read_messages, recognise, tools_of
from backend.core.data.rows import read_rows
from backend.core.errors import BadDataset
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
        if fatal:
            raise BadDataset(
                f"{shown(self.path)}: {len(fatal)} of {self.total} records cannot be read.\n{listed(fatal)}\n"
                "Correct them, name your columns with --column_mapping, or let prepare_dataset.py --output_path "
                "write the others to a new file.",
                "dataset_path",
            )
        if not self.records:
            raise BadDataset(
                f"{shown(self.path)}: all {self.total} answers are empty, so there is nothing to learn: "
                "fill in the answers.",
                "dataset_path",
            )
        return self


def listed(problems: list[Problem]) -> str:
    """The first problems, a line each."""
    lines = [f"  record {problem.index}: {problem.field} {problem.message}" for problem in problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"  ... and {len(problems) - PROBLEMS_SHOWN} more")
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
    mapped = [_mapped(raw, column_mapping or {}) for raw in raws]
    form = common_form(path, mapped, need_answer=need_answer)
    records, problems = [], []
    for index, (raw, row) in enumerate(zip(raws, mapped, strict=True)):
        try:
            if not isinstance(row, dict):
                raise BadRecord("", f"is a {type(row).__name__}, not an object")
            messages = read_messages(row, recognise(row) or form, need_answer=need_answer)
            records.append(Record(index, messages, raw, tools_of(row)))
        except BadRecord as bad:
            problems.append(Problem(index, bad.field, bad.message, bad.fatal))
    return LoadedDataset(path, form[0], _sentence(path, form, raws, problems), records, problems, len(raws))


def load_json_dataset(path: str | Path) -> list[dict[str, Any]]:
    """The records of a dataset file as they stand in it, checked.

    Raises:
        BadDataset: see `load_records`; also when any record cannot be used.
    """
    dataset = load_records(normalise_path(str(path), Path.cwd())).require_usable()
    return [record.raw for record in dataset.records]


def _mapped(raw: Any, column_mapping: Mapping[str, str]) -> Any:
    if not column_mapping or not isinstance(raw, dict):
        return raw
    # Only the named parts count, or an unmapped column could be taken for another form.
    return {part: raw[column] for part, column in column_mapping.items() if column in raw}


def common_form(path: Path, rows: list[Any], *, need_answer: bool) -> tuple[Format, str, str]:
    """The form most records have, as `recognise` gives it; a record of none is then reported against it.

    Raises:
        BadDataset: no record has a known form.
    """
    forms = Counter(form for row in rows if isinstance(row, dict) and (form := recognise(row)))
    if forms:
        return forms.most_common(1)[0][0]
    question = next((name for name in QUESTION_NAMES if isinstance(rows[0], dict) and name in rows[0]), None)
    if question and not need_answer:
        return "input/output", question, "output"
    first = rows[0]
    has = f"has {', '.join(map(str, first))}" if isinstance(first, dict) else f"is a {type(first).__name__}"
    raise BadDataset(
        f"{shown(path)}: record 0 {has}; expected input and output, instruction and output, messages, or "
        "conversations. Rename the fields, or map them: --column_mapping input=<question> output=<answer>.",
        "dataset_path",
    )


def _sentence(path: Path, form: tuple[str, str, str], rows: list[Any], problems: list[Problem]) -> str:
    kind, question, answer = form
    what = {
        "messages": "conversations (messages)",
        "sharegpt": "conversations (ShareGPT)",
        "alpaca": "instructions (Alpaca)",
        "input/output": f"questions ({question}) and answers ({answer})",
    }[kind]
    container = {".jsonl": "JSON Lines", ".ndjson": "JSON Lines"}.get(path.suffix, path.suffix[1:].upper() or "JSON")
    left_out = f", {len(problems)} of them unusable" if problems else ""
    return f"{path.name}: {container} with {len(rows):,} {what}{left_out}."


def split(records: Iterable[T], share: float, seed: int) -> tuple[list[T], list[T]]:
    """Shuffle and cut: `(training, validation)`, with at least one example on each side when `share` > 0.

    Raises:
        BadDataset: fewer than two examples.
    """
    everything = list(records)
    if share <= 0:
        return everything, []
    if len(everything) < 2:
        raise BadDataset("One example cannot be split into training and validation: add examples.", "dataset_path")
    order = list(range(len(everything)))
    Random(seed).shuffle(order)
    held_out = set(order[: min(max(1, round(len(order) * share)), len(order) - 1)])
    return (
        [item for position, item in enumerate(everything) if position not in held_out],
        [item for position, item in enumerate(everything) if position in held_out],
    )
