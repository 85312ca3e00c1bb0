"""A text and its label."""

from __future__ import annotations

from backend.core.generation.formats.base import BadDraft, Format, Record
from backend.core.generation.plan import Slot


class Classification(Format):
    """`input` is a text, `output` the one label of a closed set that fits; the set stands in `labels`."""

    extras = ("labels",)
    evolvable = False

    def compose(self, texts: dict[str, str], slot: Slot) -> Record:
        """With the label that the plan asked for: that is what keeps the labels balanced."""
        known = {label.casefold(): label for label in slot.labels}
        label = known.get(texts["output"].casefold())
        if label is None:
            raise BadDraft([f"output is {texts['output'][:80]!r}; it must be one of {', '.join(slot.labels)}"])
        if label != slot.label:
            raise BadDraft([f"output is {label!r}; a text for the label {slot.label!r} was asked for"])
        return {"input": texts["input"], "output": label, "labels": list(slot.labels)}


CLASSIFICATION = Classification(
    name="classification",
    title="Classification",
    purpose=(
        "Write realistic texts to be classified, each with its label. A text must fit its own label better than any "
        "other, and must not name the label."
    ),
    fields=(
        ("input", "the text to be classified, as it would be met in practice"),
        ("output", "its label, exactly as the request spells it"),
    ),
    forms=("a sentence", "a short message", "a paragraph", "a question", "a report", "a comment"),
    tokens=110,
)
