"""Datasets looked at in a child process beside the queue: the tokens of rows, and reports on whole files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from backend.core.data.looking import Findings, Look, Repetition, TokenRows
from backend.core.environment.settings import Settings
from backend.core.paths import PROJECT_ROOT
from backend.jobs.answering.served import default_base_model
from backend.jobs.inquiries import Inquiries, Unwanted, stamp_of
from backend.jobs.tokenizers import Tokenizers

PROGRAM = PROJECT_ROOT / "backend" / "engine" / "dataset_look.py"
MOST_SECONDS = 170.0
"""50,000 examples take 37 s of processor time, most of it for near duplicates; a busy machine four times as long."""
COUNTED = "Counted with the tokenizer of {base}, as a run counts."
TOLD = "{why} Told from the characters and their scripts; a run counts with its tokenizer."


@dataclass(frozen=True)
class Asked:
    """How a dataset is to be looked at.

    Args:
        path: the file.
        base_model: as `base_model_name` takes it; None = the machine's base.
        prompt_template: a name, or `auto`.
        column_mapping: which column plays which part.
    """

    path: Path
    base_model: str | None = None
    prompt_template: str = "auto"
    column_mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The base whose tokenizer counts."""
        return self.base_model or default_base_model()


class Looks(Inquiries):
    """Looks at datasets, one at a time, and remembers the last answers for as long as the files are the same.

    Args:
        settings: where data, models and the state are.
    """

    noun: ClassVar[str] = "report"
    elsewhere: ClassVar[str] = "`python prepare_dataset.py --dataset_path ...` has no limit."

    def __init__(self, settings: Settings, program: Path = PROGRAM, seconds: float = MOST_SECONDS) -> None:
        super().__init__(settings, program, seconds)
        self._tokenizers = Tokenizers(settings)

    def close(self) -> None:
        """End what runs; nothing is started any more."""
        super().close()
        self._tokenizers.close()

    def report(self, asked: Asked, against: Path | None, is_unwanted: Unwanted) -> tuple[Findings, bool, str]:
        """A report on a file, whether a tokenizer has counted, and a sentence on who has.

        Args:
            against: a file whose questions should not be in this one.

        Raises:
            InvalidInput: the file cannot be read, or the base is none.
            Busy, TooSlow, Failed: there is no answer now.
        """
        tokenizer, why = self._tokenizers.of(asked.base, is_unwanted)
        found = self._look(asked, tokenizer, {"against": str(against) if against else None}, is_unwanted)
        basis = COUNTED.format(base=asked.base) if tokenizer else TOLD.format(why=why)
        return Findings.model_validate(found), tokenizer is not None, basis

    def tokens(self, asked: Asked, indices: Sequence[int], is_unwanted: Unwanted) -> tuple[TokenRows | None, str]:
        """The tokens of some records, and a sentence on who has made them; None where there is no tokenizer.

        Raises:
            InvalidInput: the file cannot be read, or the base is none.
            Busy, TooSlow, Failed: there is no answer now.
        """
        tokenizer, why = self._tokenizers.of(asked.base, is_unwanted)
        if tokenizer is None:
            return None, why
        found = self._look(asked, tokenizer, {"indices": list(indices)}, is_unwanted)
        return TokenRows.model_validate(found), COUNTED.format(base=asked.base)

    def repetition(self, path: Path, is_unwanted: Unwanted) -> Repetition:
        """What is said twice in a file; no tokenizer is needed for that. Raises as `report`."""
        found = self._look(Asked(path), None, {}, is_unwanted)
        return Findings.model_validate(found).repetition

    def _look(
        self, asked: Asked, tokenizer: Path | None, more: Mapping[str, Any], is_unwanted: Unwanted
    ) -> dict[str, Any]:
        look = Look(
            path=str(asked.path),
            tokenizer=str(tokenizer) if tokenizer else None,
            column_mapping=dict(asked.column_mapping),
            prompt_template=asked.prompt_template,
            **more,
        )
        stamps = [stamp_of(Path(path)) for path in (look.path, look.against) if path]
        key = (look.model_dump_json(), *stamps)
        return self.answer(key, look.model_dump(), "look", is_unwanted, "name")
