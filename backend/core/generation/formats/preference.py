"""A prompt with a better and a worse answer."""

from __future__ import annotations

from backend.core.data.shingles import normalised
from backend.core.generation.formats.base import BadDraft, Format, Record
from backend.core.generation.plan import Slot


class Preference(Format):
    """`output` is the preferred answer, `rejected` the other; `margin` is how far apart a judge finds them.

    The margin comes from two comparisons in both orders (`backend.core.generation.judging`); until then it is missing.
    """

    extras = ("rejected", "margin")
    evolvable = False

    def compose(self, texts: dict[str, str], slot: Slot) -> Record:
        """Without the margin, which only a judge can tell."""
        if normalised(texts["chosen"]) == normalised(texts["rejected"]):
            raise BadDraft(["chosen and rejected say the same"])
        return {"input": texts["input"], "output": texts["chosen"], "rejected": texts["rejected"]}

    def answers(self, record: Record) -> list[str]:
        """Both answers."""
        return [record["output"], record["rejected"]]


PREFERENCE = Preference(
    name="preference",
    title="Preference pair",
    purpose=(
        "Write requests with two answers each: an excellent one, and one that a hurried assistant might give: "
        "plausible, but clearly worse: incomplete, imprecise, or wrong in one point. Both have about the same length."
    ),
    fields=(
        ("input", "the request"),
        ("chosen", "the better answer"),
        ("rejected", "the worse answer"),
    ),
    forms=("explain something", "solve a problem", "give advice", "write a short text", "compare two things"),
    tokens=380,
)
