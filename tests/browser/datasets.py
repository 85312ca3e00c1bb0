"""Datasets of the sorts that people bring: a list, conversations line by line, a table, and one with faults."""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path

from backend.core.paths import PROJECT_ROOT

PRODUCTS = ("the router", "the lamp", "the coffee machine", "the headset", "the charger", "the thermostat")
TROUBLES = (
    "does not switch on any more",
    "came with a scratch",
    "is louder than I had thought",
    "loses its connection",
)
WISHES = ("Can I send it back?", "What can I do?", "Who pays for the parcel?", "Do you have another one?")
CLAUSES = (
    "The supplier delivers within {0} days.",
    "Invoices are due after {0} days.",
    "Notice is given {0} days ahead.",
)


def write_samples(folder: Path) -> None:
    """What comes with a checkout."""
    for name in ("physics_qa.json", "physics_test_qa.json"):
        shutil.copy(PROJECT_ROOT / "data" / name, folder / name)


def write_others(folder: Path) -> None:
    """What a person has brought."""
    _write_tickets(folder / "support_tickets.jsonl")
    _write_contracts(folder / "contract_summaries.csv")
    _write_notes(folder / "meeting_notes.json")


def _write_tickets(path: Path) -> None:
    seed = random.Random(1)
    with path.open("w", encoding="utf-8") as stream:
        for number in range(320):
            product, trouble = seed.choice(PRODUCTS), seed.choice(TROUBLES)
            asked = f"Hello, {product} I ordered in week {number % 52 + 1} {trouble}. {seed.choice(WISHES)}"
            answer = (
                f"I am sorry that {product} {trouble}. You can send it back free of charge: order {10_000 + number}."
            )
            turns = [
                {"role": "system", "content": "You answer for the shop, kindly and briefly."},
                {"role": "user", "content": asked},
                {"role": "assistant", "content": answer},
            ]
            if number % 4 == 0:
                turns += [
                    {"role": "user", "content": "And how long does that take?"},
                    {"role": "assistant", "content": f"Your money is back within {seed.randrange(3, 9)} days."},
                ]
            stream.write(json.dumps({"messages": turns}) + "\n")


def _write_contracts(path: Path) -> None:
    seed = random.Random(2)
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["instruction", "input", "output"])
        for number in range(180):
            days = [seed.randrange(7, 91) for _ in CLAUSES]
            text = " ".join(clause.format(day) for clause, day in zip(CLAUSES, days, strict=True))
            length = seed.choice((1, 1, 2, 6))
            summary = f"Delivery {days[0]} days, payment {days[1]} days, notice {days[2]} days."
            table.writerow(["Summarise the contract.", f"Contract {number}. " + " ".join([text] * length), summary])


def _write_notes(path: Path) -> None:
    seed = random.Random(3)
    records: list[object] = [
        {
            "input": f"What was decided on {topic} in meeting {number}?",
            "output": f"{seed.choice(PRODUCTS)} comes first.",
        }
        for number in range(40)
        for topic in ("prices", "dates")
    ]
    records[12], records[30] = {"input": "No answer here", "output": ""}, {"question": "Other columns"}
    records += records[:6]  # said twice
    path.write_text(json.dumps(records, indent=1), encoding="utf-8")
