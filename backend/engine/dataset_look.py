"""The program that looks at a dataset for the service: tokens of some rows, or a report on all.

python -m backend.engine.dataset_look --config look.json

It counts with the very code of a run (`tokenising.write_examples`), and loads neither torch nor transformers: 0.7 s of
processor time from its start to the tokens of a page, where importing those alone would take 2.5.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from backend.core.cli import read_config
from backend.core.data.datasets import Record
from backend.core.data.duplicates import exact_duplicates, groups_of, leaks, near_duplicates
from backend.core.data.lengths import histogram_of, spread_of
from backend.core.data.looking import (
    Cuts,
    Findings,
    Leak,
    Leakage,
    Look,
    NearPair,
    Repetition,
    Token,
    TokenRow,
    TokenRows,
)
from backend.core.data.segments import all_segments
from backend.core.data.survey import usable_records
from backend.core.errors import BadDataset
from backend.core.paths import shown
from backend.core.process import guarded
from backend.core.runs.events import RunReporter
from backend.engine.tokenising import template_for, write_examples
from backend.engine.tokens.cuts import cuts_of
from backend.engine.tokens.flat import FlatWriter
from backend.engine.tokens.saved import CharacterCounter, SavedTokenizer

MOST_COMPARED = 50_000
"""Examples among which near duplicates are looked for: a report on so many of 70 words takes 37 s."""


def main(look: Look) -> None:
    """Look, and tell what there is. Raises BadDataset and InvalidInput."""
    tokenizer = SavedTokenizer.of_file(Path(look.tokenizer)) if look.tokenizer else CharacterCounter()
    if look.indices is None:
        found: TokenRows | Findings = report(look, tokenizer)
    else:
        assert isinstance(tokenizer, SavedTokenizer), "without a tokenizer there are no tokens to show"
        found = token_rows(look, tokenizer)
    RunReporter().result({"look": found.model_dump(mode="json")})


def token_rows(look: Look, tokenizer: SavedTokenizer) -> TokenRows:
    """The tokens of the asked rows, rendered as a run renders them."""
    wanted = set(look.indices or ())
    records = [record for record in _records(look) if record.index in wanted]
    template, sentence = template_for(look.prompt_template, tokenizer, records)
    cut = all_segments([(record.messages, record.tools) for record in records], template)
    rows = [
        TokenRow(
            index=record.index,
            tokens=[
                Token(text=piece, supervised=segment.supervised)
                for segment in segments
                for piece in tokenizer.pieces(segment.text)
            ],
        )
        for record, segments in zip(records, cut, strict=True)
    ]
    return TokenRows(template=sentence, rows=rows)


def report(look: Look, tokenizer: SavedTokenizer | CharacterCounter) -> Findings:
    """What a person should know of the file before it is learnt."""
    records = list(_records(look))
    if not records:
        raise BadDataset(f"{shown(Path(look.path))} holds no example that can be used.", "dataset_path")
    writer = FlatWriter()
    _, sentence = write_examples(lambda: records, look.prompt_template, tokenizer, writer)
    flat = writer.in_memory()
    lengths = [int(end - start) for start, end in zip(flat.offsets[:-1, 0], flat.offsets[1:, 0], strict=True)]
    return Findings(
        examples=len(records),
        template=sentence,
        lengths=spread_of(lengths),
        histogram=histogram_of(lengths),
        cuts=Cuts.model_validate(cuts_of(flat)),
        roles=Counter(turn["role"] for record in records for turn in record.messages),
        turns=Counter(len(record.messages) for record in records),
        with_tools=sum(record.tools is not None for record in records),
        repetition=repetition_of(records),
        leakage=_leakage(look, records),
    )


def repetition_of(records: Sequence[Record]) -> Repetition:
    """The examples that say the same, question and answer together."""
    texts = [f"{record.question}\n{record.answer}" for record in records]
    place = [record.index for record in records]
    exact = [[place[position] for position in group] for group in exact_duplicates(texts)]
    if len(records) > MOST_COMPARED:
        return Repetition(
            exact=exact,
            near=[],
            near_groups=[],
            skipped=f"Near duplicates are looked for among {MOST_COMPARED:,} examples at most.",
        )
    pairs = near_duplicates(texts)
    return Repetition(
        exact=exact,
        near=[
            NearPair(indices=(place[left], place[right]), similarity=round(similarity, 3))
            for left, right, similarity in pairs
        ],
        near_groups=[[place[position] for position in group] for group in groups_of((a, b) for a, b, _ in pairs)],
    )


def _leakage(look: Look, records: Sequence[Record]) -> Leakage | None:
    if look.against is None:
        return None
    others = list(usable_records(Path(look.against)))
    found = leaks([record.question for record in records], [other.question for other in others])
    return Leakage(
        questions=len(others),
        leaks=[Leak(index=records[here].index, other=others[there].index) for here, there in found],
    )


def _records(look: Look) -> list[Record]:
    return list(usable_records(Path(look.path), look.column_mapping))


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: main(Look.model_validate(read_config(Path(sys.argv[2]))))))
