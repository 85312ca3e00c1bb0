"""What each `max_length` would cut off the examples of a file: counted once, exact at every stop of a slider."""

from __future__ import annotations

from typing import Any

import numpy as np

from backend.engine.tokens.flat import Flat

STEPS = ((512, 1), (2048, 8), (8192, 32), (32_768, 128), (131_072, 512), (2**20, 4096))
"""Up to how many tokens there is a stop every so many: round numbers, 1,500 of them for a file of any length."""
LEAST = 8
"""As `max_length` has it."""


def stops_up_to(longest: int) -> list[int]:
    """The lengths to count at, the longest example's included; nothing is cut from there on."""
    found, start = {max(LEAST, min(longest, STEPS[-1][0]))}, LEAST
    for end, step in STEPS:
        first = -(-start // step) * step
        found.update(range(first, min(end, longest) + 1, step))
        start = end
    return sorted(found)


def cuts_of(flat: Flat) -> dict[str, list[int]]:
    """For each stop what a run with this `max_length` has, in columns.

    `truncated` and `left_out` are examples (longer ones, and ones that keep no token to learn), `tokens` those of one
    pass over the examples that are kept, `supervised` those of them that are learnt.
    """
    lengths = np.diff(flat.offsets[:, 0])
    longest = int(lengths.max())
    stops = np.asarray(stops_up_to(longest))
    learnt = np.zeros(longest + 2, np.int64)  # steps of: how many examples learn their token at this place
    np.add.at(learnt, flat.spans[:, 0], 1)
    np.add.at(learnt, flat.spans[:, 1], -1)
    supervised = np.concatenate([[0], np.cumsum(np.cumsum(learnt))])
    firsts, kept_lengths = _kept(flat, lengths)
    at = np.minimum(stops, longest)
    longer = len(lengths) - np.searchsorted(np.sort(lengths), stops, side="right")
    return {
        "max_length": stops.tolist(),
        "truncated": longer.tolist(),
        "left_out": (len(lengths) - np.searchsorted(np.sort(firsts), at, side="left")).tolist(),
        "tokens": _tokens(firsts, kept_lengths, longest)[at].tolist(),
        "supervised": supervised[at].tolist(),
    }


def _kept(flat: Flat, lengths: Any) -> tuple[Any, Any]:
    """Where each example's first supervised token is, and its length, of those that have one."""
    has = np.diff(flat.offsets[:, 1]) > 0
    return flat.spans[flat.offsets[:-1, 1][has], 0], lengths[has]


def _tokens(firsts: Any, lengths: Any, longest: int) -> Any:
    """Tokens of one pass by `max_length`: an example counts once the cut reaches past its first supervised token."""
    jump = np.zeros(longest + 2, np.int64)
    slope = np.zeros(longest + 2, np.int64)
    np.add.at(jump, firsts + 1, firsts + 1)
    np.add.at(slope, firsts + 2, 1)
    np.add.at(slope, lengths + 1, -1)
    # An example that ends with its first supervised token does not grow: its steps up and down meet.
    return np.cumsum(jump + np.cumsum(slope))
