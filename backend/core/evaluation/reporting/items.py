"""Items as the page's script shows them: small, with every text cut where reading would stop anyway."""

from __future__ import annotations

from typing import Any

from backend.core.evaluation.comparison import ChangedItem
from backend.core.evaluation.rows import Answer, PairVerdict, ResultRow

LETTERS = 6_000
"""Of one text in the page: two pages of print. The whole stands in results.jsonl."""


def item_of(row: ResultRow, model: str) -> dict[str, Any]:
    """A row of a run; what is empty is left out.

    Args:
        model: name of the main model, whose fields the row carries.
    """
    answers = [*(_answer(answer) for answer in row.others), _answer(row, model)]
    return _filled(
        {
            "id": row.item_id,
            "index": row.index,
            "question": _cut(row.input),
            "reference": _cut(row.reference or ""),
            "category": row.category,
            "status": row.status,
            "score": row.score,
            "change": row.change,
            "verdict": row.verdict,
            "flags": row.flags,
            "consistent": next((pair.consistent for pair in row.pairs if pair.consistent is not None), None),
            "answers": answers,
            "pairs": [_pair(pair) for pair in row.pairs],
        }
    )


def changed_item_of(item: ChangedItem, a: str, b: str) -> dict[str, Any]:
    """An item of two runs, in the same shape.

    Args:
        a, b: names of the two runs' sides.
    """
    unscored = item.score_a is None or item.score_b is None
    return _filled(
        {
            "id": item.item_id,
            "index": item.index,
            "question": _cut(item.input),
            "reference": _cut(item.reference or ""),
            "category": item.category,
            "status": "unscored" if unscored else "scored",
            "score": item.score_b,
            "change": item.change,
            "answers": [
                _filled({"model": a, "text": _cut(item.prediction_a), "score": item.score_a}),
                _filled({"model": b, "text": _cut(item.prediction_b), "score": item.score_b}),
            ],
        }
    )


def _answer(answer: Answer, model: str | None = None) -> dict[str, Any]:
    several = len(answer.ratings) > 1
    return _filled(
        {
            "model": model or answer.model,
            "text": _cut(answer.prediction),
            "status": answer.status,
            "duplicate_of": answer.duplicate_of,
            "score": answer.score,
            "criteria": {name: value for name, value in answer.criteria.items() if value is not None},
            "metrics": {name: round(value, 4) for name, value in answer.reference_metrics.items()},
            "rationale": _cut(answer.rationale),
            "spread": answer.spread,
            "ratings": [
                _filled(
                    {
                        "judge": rating.judge,
                        "repeat": rating.repeat,
                        "score": rating.score,
                        "rationale": _cut(rating.rationale),
                        "error": rating.error_class,
                    }
                )
                for rating in answer.ratings
            ]
            if several
            else [],
            "flags": answer.flags,
            "error": answer.error_class,
            "error_detail": _cut(answer.error_detail or ""),
        }
    )


def _pair(pair: PairVerdict) -> dict[str, Any]:
    return _filled(
        {
            "baseline": pair.baseline,
            "candidate": pair.candidate,
            "verdict": pair.verdict,
            "consistent": pair.consistent,
            "slots": [
                _filled(
                    {
                        "first": slot.first,
                        "winner": slot.winner,
                        "judge": slot.judge,
                        "rationale": _cut(slot.rationale),
                        "error": slot.error_class,
                    }
                )
                for slot in pair.slots
            ],
        }
    )


def _cut(text: str) -> str:
    if len(text) <= LETTERS:
        return text
    return f"{text[:LETTERS]}\n… ({len(text) - LETTERS:,} more characters in results.jsonl)"


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
