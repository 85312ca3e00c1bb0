"""What a record must not be: a refusal, something that is there already, or something it must not know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backend.core.data.shingles import ShingleIndex, normalised, shingles
from backend.core.generation.contamination import Guarded, Leak
from backend.core.generation.formats import Format, Record
from backend.core.generation.refusal import refuses
from backend.core.generation.rows import Reason

NEAR = 0.5
"""Jaccard similarity of word triples from which two inputs count as the same."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a record.

    Args:
        reason: why it may not pass; None = it may.
        detail: the same with particulars.
        nearest: the accepted row that is most alike, with its similarity.
        leak: where it stands, if it is in a guarded file.
    """

    reason: Reason | None = None
    detail: str = ""
    nearest: str | None = None
    similarity: float | None = None
    leak: Leak | None = None


class Gate:
    """Grows with every accepted record.

    Args:
        form: the type of record.
        seeds: inputs of the given examples.
        earlier: inputs of earlier datasets on the topic.
        guarded: rows that must not get into the data.
    """

    def __init__(
        self, form: Format, seeds: Iterable[str] = (), earlier: Iterable[str] = (), guarded: Guarded | None = None
    ) -> None:
        self._form = form
        self._guarded = guarded
        self._exact: dict[str, str] = {}
        self._accepted = ShingleIndex[str]()
        self._seeds, self._earlier = ShingleIndex[int](), ShingleIndex[int]()
        for index, texts in ((self._seeds, seeds), (self._earlier, earlier)):
            for place, text in enumerate(texts):
                index.add(place, shingles(text))
        self.leaks: list[tuple[str, Leak]] = []

    def judge(self, record: Record) -> Verdict:
        """Whether a record may pass, as things stand now."""
        if any(refuses(text) for text in self._form.answers(record)):
            return Verdict("refusal", record["output"][:200])
        same = self._exact.get(normalised(record["input"]))
        if same:
            return Verdict("duplicate", f"the same input as {same}", same, 1.0)
        runs = shingles(record["input"])
        near = self._accepted.nearest(runs)
        nearest, similarity = (near.key, round(near.similarity, 4)) if near else (None, None)
        if near and near.similarity >= NEAR:
            detail = f"the input is {near.similarity:.0%} like {near.key}"
            return Verdict("near_duplicate", detail, nearest, similarity)
        given: tuple[tuple[ShingleIndex[int], Reason, str], ...] = (
            (self._seeds, "seed_duplicate", "the given example"),
            (self._earlier, "earlier_duplicate", "the earlier record"),
        )
        for index, reason, what in given:
            found = index.nearest(runs)
            if found and found.similarity >= NEAR:
                detail = f"the input is {found.similarity:.0%} like {what} {found.key}"
                return Verdict(reason, detail, nearest, similarity)
        leak = self._guarded.leak(record) if self._guarded else None
        if leak:
            return Verdict("contaminated", str(leak), nearest, similarity, leak)
        return Verdict(None, "", nearest, similarity)

    def let_in(self, row_id: str, record: Record) -> None:
        """Remember an accepted record."""
        self._exact[normalised(record["input"])] = row_id
        self._accepted.add(row_id, shingles(record["input"]))
