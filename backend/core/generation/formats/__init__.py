"""The six types of record. Whatever its type, a published record has the non-empty texts `input` and `output`."""

from __future__ import annotations

from backend.core.generation.formats.base import BadDraft, Draft, Format, Record
from backend.core.generation.formats.chat import CHAT
from backend.core.generation.formats.classification import CLASSIFICATION
from backend.core.generation.formats.cot import COT
from backend.core.generation.formats.instruction import INSTRUCTION
from backend.core.generation.formats.preference import PREFERENCE
from backend.core.generation.formats.qa import QA

FORMATS: dict[str, Format] = {form.name: form for form in (INSTRUCTION, QA, CHAT, CLASSIFICATION, COT, PREFERENCE)}

__all__ = ["FORMATS", "BadDraft", "Draft", "Format", "Record"]
