"""Physics as sample data: the same facts as prose, as questions to train on, and as questions to test with.

The built-in model `tiny` is pretrained on the prose, so it knows every fact and cannot answer a question;
`data/physics_qa.json` teaches it to answer; `data/physics_test_qa.json` asks in words it was never trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.physics import facts as known
from backend.core.physics import phrasings as forms
from backend.core.physics.phrasings import Phrasings

Record = dict[str, str]
"""One example: `input` is the question, `output` the answer."""

_RELATIONS: tuple[tuple[dict[str, str], Phrasings], ...] = (
    (known.SI_UNITS, forms.SI_UNIT),
    (known.UNIT_SYMBOLS, forms.UNIT_SYMBOL),
    (known.DISCOVERERS, forms.DISCOVERER),
    (known.ORIGINATORS, forms.ORIGINATOR),
    (known.INVENTORS, forms.INVENTOR),
    (known.VALUES, forms.VALUE),
    (known.INSTRUMENTS, forms.INSTRUMENT),
    (known.FORMULAS, forms.FORMULA),
    (known.TERMS, forms.TERM),
)


@dataclass(frozen=True)
class Fact:
    """One fact, e.g. subject `force`, answer `newton`, said and asked in the forms of its relation."""

    subject: str
    answer: str
    phrasings: Phrasings

    def statements(self) -> list[str]:
        """The fact as prose, one sentence per form."""
        return self._filled(self.phrasings.prose)

    def training_records(self) -> list[Record]:
        """The questions to train on, each with the answer."""
        return self._asked(self.phrasings.training)

    def test_records(self) -> list[Record]:
        """The questions in held-out words, each with the answer."""
        return self._asked(self.phrasings.held_out)

    def _asked(self, forms: tuple[str, ...]) -> list[Record]:
        return [{"input": question, "output": self.answer} for question in self._filled(forms)]

    def _filled(self, forms: tuple[str, ...]) -> list[str]:
        opening = self.subject[0].upper() + self.subject[1:]
        return [form.format(x=self.subject, X=opening, a=self.answer) for form in forms]


def facts() -> list[Fact]:
    """Every fact, relation by relation."""
    return [Fact(subject, answer, forms) for table, forms in _RELATIONS for subject, answer in table.items()]


def statements() -> list[str]:
    """Every fact as prose: what a base model reads before it is taught to answer."""
    return [sentence for fact in facts() for sentence in fact.statements()]


def training_records() -> list[Record]:
    """The content of `data/physics_qa.json`."""
    return [record for fact in facts() for record in fact.training_records()]


def test_records() -> list[Record]:
    """The content of `data/physics_test_qa.json`: the same facts, asked in words that training never uses."""
    return [record for fact in facts() for record in fact.test_records()]
