"""How a physics fact is said and asked: prose, questions to train on, and other questions to test with.

In a form, `{x}` is the subject, `{X}` the subject at the start of a sentence, `{a}` the answer. A held-out form shares
its relation with the training forms, never its wording: answering it takes the fact, not the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrasings:
    """The forms of one relation; `training` holds at least five, `held_out` at least two."""

    prose: tuple[str, ...]
    training: tuple[str, ...]
    held_out: tuple[str, ...]


SI_UNIT = Phrasings(
    prose=(
        "The SI unit of {x} is the {a}.",
        "In the International System, {x} is measured in the unit {a}.",
        "Physicists express {x} in the unit {a}.",
        "{X} has the {a} as its unit.",
        "The {a} is the SI unit of {x}.",
        "For {x}, the International System prescribes the {a}.",
        'In a list of SI units, the entry for {x} is "{a}".',
        'Next to {x}, a table of SI units shows "{a}".',
    ),
    training=(
        "What is the SI unit of {x}?",
        "Which SI unit measures {x}?",
        "In which unit is {x} measured?",
        "Name the SI unit of {x}.",
        "What unit do physicists use for {x}?",
        "{X} is measured in which unit?",
        "Tell me the unit of {x}.",
    ),
    held_out=(
        "Which unit does the International System prescribe for {x}?",
        "In what SI unit would you express {x}?",
    ),
)

UNIT_SYMBOL = Phrasings(
    prose=(
        "The symbol of the {x} is {a}.",
        "The unit {x} is abbreviated as {a}.",
        "The {x} is written with the symbol {a}.",
        "In tables the {x} is denoted by {a}.",
        "The symbol {a} stands for the {x}.",
        "For the {x}, the short form is {a}.",
        'In a list of symbols, the entry for the {x} is "{a}".',
        'Next to the {x}, a table of symbols shows "{a}".',
    ),
    training=(
        "What is the symbol of the {x}?",
        "Which symbol stands for the {x}?",
        "How is the unit {x} abbreviated?",
        "What is the abbreviation of the {x}?",
        "Name the symbol for the unit {x}.",
        "How do you write the {x} in short?",
        "Tell me the symbol of the {x}.",
    ),
    held_out=(
        "By which symbol is the {x} denoted?",
        "What is the short form of the unit {x}?",
    ),
)

DISCOVERER = Phrasings(
    prose=(
        "The discovery of {x} is credited to {a}.",
        "The discoverer of {x} was {a}.",
        "It was {a} who discovered {x}.",
        "{a} discovered {x}.",
        "The person who first detected {x} was {a}.",
        "We owe the discovery of {x} to the work of {a}.",
        'In a list of discoveries, the entry for {x} is "{a}".',
        'Next to {x}, a table of discoveries shows "{a}".',
    ),
    training=(
        "Who discovered {x}?",
        "Which scientist discovered {x}?",
        "Who is credited with the discovery of {x}?",
        "To whom do we owe the discovery of {x}?",
        "Name the discoverer of {x}.",
        "Who found {x}?",
        "Tell me who discovered {x}.",
    ),
    held_out=(
        "Which person first detected {x}?",
        "The discovery of {x} was whose work?",
    ),
)

ORIGINATOR = Phrasings(
    prose=(
        "The author of {x} was {a}.",
        "We owe {x} to {a}.",
        "It was {a} who put forward {x}.",
        "{a} formulated {x}.",
        "The thinker behind {x} was {a}.",
        "The person who first stated {x} was {a}.",
        'In a list of theories, the entry for {x} is "{a}".',
        'Next to {x}, a table of theories shows "{a}".',
    ),
    training=(
        "Who put forward {x}?",
        "Who formulated {x}?",
        "Which scientist proposed {x}?",
        "Who came up with {x}?",
        "To whom do we owe {x}?",
        "Name the author of {x}.",
        "Tell me who formulated {x}.",
    ),
    held_out=(
        "Which thinker first stated {x}?",
        "Whose work gave us {x}?",
    ),
)

INVENTOR = Phrasings(
    prose=(
        "The inventor of {x} was {a}.",
        "The invention of {x} is credited to {a}.",
        "It was {a} who invented {x}.",
        "{a} invented {x}.",
        "The person who devised {x} was {a}.",
        "We owe the invention of {x} to the work of {a}.",
        'In a list of inventions, the entry for {x} is "{a}".',
        'Next to {x}, a table of inventions shows "{a}".',
    ),
    training=(
        "Who invented {x}?",
        "Which scientist invented {x}?",
        "Who is credited with the invention of {x}?",
        "To whom do we owe the invention of {x}?",
        "Name the inventor of {x}.",
        "Who came up with {x}?",
        "Tell me who invented {x}.",
    ),
    held_out=(
        "Which person devised {x}?",
        "Whose invention is {x}?",
    ),
)

VALUE = Phrasings(
    prose=(
        "The value of {x} is {a}.",
        "{X} amounts to {a}.",
        "{X} has the value {a}.",
        "For {x}, textbooks quote the figure {a}.",
        "In numbers, {x} is {a}.",
        "The figure for {x} is {a}.",
        'In a list of values, the entry for {x} is "{a}".',
        'Next to {x}, a table of values shows "{a}".',
    ),
    training=(
        "What is the value of {x}?",
        "Which value does {x} have?",
        "What value do physicists use for {x}?",
        "Name the value of {x}.",
        "What is {x} in numbers?",
        "How much is {x}?",
        "Tell me the value of {x}.",
    ),
    held_out=(
        "What figure do textbooks quote for {x}?",
        "What does {x} amount to?",
    ),
)

INSTRUMENT = Phrasings(
    prose=(
        "{X} measures {a}.",
        "The quantity that {x} measures is {a}.",
        "{X} is used to determine {a}.",
        "With {x} one reads off {a}.",
        "The reading of {x} shows {a}.",
        "To measure {a}, a laboratory uses {x}.",
        'In a list of instruments, the entry for {x} is "{a}".',
        'Next to {x}, a table of instruments shows "{a}".',
    ),
    training=(
        "What does {x} measure?",
        "Which quantity does {x} measure?",
        "What is {x} used to measure?",
        "What can you measure with {x}?",
        "{X} measures what?",
        "Name the quantity that {x} measures.",
        "Tell me what {x} measures.",
    ),
    held_out=(
        "What does the reading of {x} show?",
        "What would a laboratory determine with {x}?",
    ),
)

FORMULA = Phrasings(
    prose=(
        "The formula for {x} is {a}.",
        "The equation of {x} is {a}.",
        "In symbols, {x} is written as {a}.",
        "Mathematically, {x} is stated as {a}.",
        "Textbooks express {x} as {a}.",
        "The equation {a} describes {x}.",
        'In a list of formulas, the entry for {x} is "{a}".',
        'Next to {x}, a table of formulas shows "{a}".',
    ),
    training=(
        "What is the formula for {x}?",
        "Which equation describes {x}?",
        "How is {x} written in symbols?",
        "What is the equation of {x}?",
        "Name the formula for {x}.",
        "Write {x} as an equation.",
        "Tell me the formula for {x}.",
    ),
    held_out=(
        "How is {x} stated mathematically?",
        "In textbooks, how do authors express {x}?",
    ),
)

TERM = Phrasings(
    prose=(
        "The term for {x} is {a}.",
        "Physicists call {x} {a}.",
        "{X} is known as {a}.",
        "In physics, {x} goes by the name {a}.",
        "The word for {x} is {a}.",
        "By {a} we mean {x}.",
        'In a list of terms, the entry for {x} is "{a}".',
        'Next to {x}, a table of terms shows "{a}".',
    ),
    training=(
        "What do physicists call {x}?",
        "What is the term for {x}?",
        "Which word describes {x}?",
        "What is the name of {x}?",
        "Name the term for {x}.",
        "What is {x} called?",
        "Tell me the word for {x}.",
    ),
    held_out=(
        "{X} is known as what?",
        "By what name does {x} go in physics?",
    ),
)
