"""Plans: everything dealt out evenly and by seed; slots that move; groups that stay together."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from backend.core.data.shingles import ShingleIndex, jaccard, shingles
from backend.core.errors import FinishedBelow
from backend.core.generation.formats import FORMATS
from backend.core.generation.plan import Attributes, Leaf, Plan, deal
from backend.core.generation.planning import Planner
from backend.core.generation.prompts import Brief
from backend.core.generation.schedule import BARREN_DRAFTS, EXHAUSTED_DRAFTS, Schedule
from backend.core.generation.splitting import split_groups
from backend.core.generation.tree import GRID, Branch, completed, grid, leaves_of, size_for, tree_calls
from backend.core.llm import Ask, Reply
from backend.core.params import GenerationParams


def leaves(count: int) -> list[Leaf]:
    return [Leaf(f"l{n}", f"b{n % 3}", f"leaf {n}") for n in range(count)]


def plan(count: int = 20, places: int = 4, **attributes: object) -> Plan:
    own = leaves(places)
    return Plan("t", "grid", 1, tuple(own), deal(own, count, Attributes(**attributes), 1))  # type: ignore[arg-type]


def test_attributes_are_dealt_out_evenly_whatever_the_seed() -> None:
    for seed in range(5):
        slots = deal(
            leaves(7), 50, Attributes(forms=("a", "b", "c"), labels=("x", "y"), evolve=0.2, operators=("o",)), seed
        )
        assert len(slots) == 50
        assert [slot.number for slot in slots] == list(range(50))
        for name in ("leaf", "form", "label"):
            counts = Counter(getattr(slot, name) for slot in slots)
            assert max(counts.values()) - min(counts.values()) <= 1
        assert Counter(slot.difficulty for slot in slots) == {"easy": 15, "medium": 25, "hard": 10}
        assert sum(slot.evolve is not None for slot in slots) == 10
    assert deal(leaves(7), 50, Attributes(), 1) == deal(leaves(7), 50, Attributes(), 1)
    assert deal(leaves(7), 50, Attributes(), 1) != deal(leaves(7), 50, Attributes(), 2)


def test_long_pieces_of_documents_get_more_records() -> None:
    pieces = [Leaf("a", "d", "short", "x" * 500), Leaf("b", "d", "long", "x" * 1500)]
    assert Counter(slot.leaf for slot in deal(pieces, 8, Attributes(), 0)) == {"a": 2, "b": 6}


def test_a_plan_comes_back_from_its_file_as_it_was() -> None:
    made = plan(labels=("x", "y"))
    assert Plan.from_json(made.as_json()) == made
    assert Plan.from_json(made.as_json()).digest == made.digest


@pytest.mark.parametrize("count", [1, 2, 3, 10, 50, 60, 61, 1000, 100_000])
def test_trees_have_a_size_that_fits(count: int) -> None:
    branches, each = size_for(count)
    assert 1 <= branches * each <= 441
    assert branches * each <= max(1, count)
    assert len(grid(count)) <= count


def test_trees_are_mended_and_a_useless_one_is_replaced() -> None:
    given = [Branch(name="a", leaves=["x", "X!", "", "y", "z" * 500]), Branch(name="b", leaves=["y", "w"])]
    assert [leaf.name for leaf in leaves_of(given, 50)] == ["x", "y", "w"]
    kept, origin, note = completed(leaves_of(given, 50), 50)
    assert origin == "grid"
    assert "3 usable subtopics" in note
    assert {leaf.branch for leaf in kept} <= set(GRID)
    assert completed(leaves_of(given, 10), 10)[1] == "model"


def test_every_slot_is_asked_for_once_and_comes_back_when_it_was_not_filled() -> None:
    schedule = Schedule(plan(), batch=3)
    orders = []
    while order := schedule.take():
        orders.append(order)
    assert sorted(slot.number for order in orders for slot in order.slots) == list(range(20))
    assert all(len({slot.leaf for slot in order.slots}) == 1 for order in orders)
    assert max(len(order.asked) for order in orders) == 3
    schedule.give_back(orders[0].slots)
    again = schedule.take()
    assert again
    assert again.slots == orders[0].slots


def test_more_is_asked_for_when_little_is_accepted() -> None:
    schedule = Schedule(plan(20, 20), batch=5)
    schedule.note("l0", other=6)
    schedule.note("l0", accepted=1)
    order = schedule.take()
    assert order
    assert len(order.slots) == 1
    assert len(order.asked) == 5


def test_slots_of_a_barren_or_refused_leaf_move() -> None:
    schedule = Schedule(plan(), batch=5)
    for _ in range(BARREN_DRAFTS):
        schedule.note("l0", other=1)
    assert "nothing new" in schedule.states["l0"].closed
    schedule.note("l1", accepted=1)
    schedule.note("l1", refused=4)
    assert "declined 4 of 5" in schedule.states["l1"].closed
    assert {target for _, target, _ in schedule.moves} <= {"l1", "l2", "l3"}
    assert schedule.waiting == 20
    assert not schedule.states["l0"].waiting
    assert not schedule.states["l1"].waiting


def test_a_topic_without_anything_new_ends_and_the_last_leaf_lasts_until_then() -> None:
    schedule = Schedule(plan(5, 1), batch=5)
    for _ in range(EXHAUSTED_DRAFTS - 1):
        schedule.note("l0", other=1)
        assert schedule.take() is not None or schedule.waiting == 0
        assert not schedule.exhausted
    schedule.note("l0", other=1)
    assert "exhausted" in schedule.exhausted
    assert schedule.take() is None


@pytest.mark.parametrize(("count", "questions"), [(50, 1), (3000, 10)])
def test_a_large_tree_is_asked_for_branch_by_branch(count: int, questions: int) -> None:
    asked: list[Ask] = []

    def ask_all(asks: Sequence[Ask]) -> list[Reply]:
        asked.extend(asks)
        return [reply_of(ask) for ask in asks]

    brief = Brief(FORMATS["qa"], "physics", "English")
    made = Planner(GenerationParams(topic="physics", num_examples=count), brief, "m").plan(ask_all)
    assert len(asked) == tree_calls(count) == questions
    assert len({ask.key for ask in asked}) == questions
    assert made.origin == "model"
    assert len(made.slots) == count
    assert len(made.leaves) == math.prod(size_for(count))


def reply_of(ask: Ask) -> Reply:
    """What test mode answers."""
    assert ask.mock
    assert ask.schema
    value = ask.schema.model_validate(ask.mock(Random(ask.key)))
    return Reply(ask, "ok", value, "", None, "", None, None, 1, 0.0, "json_schema", (), False)


def text(seed: int, length: int = 10) -> str:
    return " ".join(f"w{(seed * 7919 + place * 104_729) % 5003}" for place in range(length))


def test_a_split_keeps_leaves_together_and_shares_nothing() -> None:
    records = [{"input": text(n), "output": f"o{n}"} for n in range(60)]
    own = [f"l{n % 12}" for n in range(60)]
    split = split_groups(records, own, 0.2, seed=3)
    assert sorted((*split.train, *split.test)) == list(range(60))
    assert len(split.test) == 10
    assert split.leaves_together
    assert not {own[place] for place in split.train} & {own[place] for place in split.test}
    assert split == split_groups(records, own, 0.2, seed=3)
    assert split != split_groups(records, own, 0.2, seed=4)


def test_records_that_share_long_runs_stay_on_one_side() -> None:
    run = text(999, 13)
    records = [{"input": text(n), "output": f"{run} {n}" if n % 10 == 0 else f"o{n}"} for n in range(40)]
    split = split_groups(records, [f"l{n}" for n in range(40)], 0.5, seed=0)
    sides = {n in split.test for n in range(0, 40, 10)}
    assert len(sides) == 1


def test_one_leaf_is_divided_and_one_text_is_not() -> None:
    records = [{"input": text(n), "output": "o"} for n in range(10)]
    split = split_groups(records, ["l0"] * 10, 0.3, seed=0)
    assert not split.leaves_together
    assert len(split.test) == 3
    same = [{"input": f"{text(1, 9)} {n}", "output": "o"} for n in range(10)]
    with pytest.raises(FinishedBelow, match="free of leaks"):
        split_groups(same, [f"l{n}" for n in range(10)], 0.3, seed=0)


def test_the_index_finds_what_comparing_all_pairs_finds() -> None:
    texts = [text(n % 40, 8 + n % 5) + (" x" if n % 3 else "") for n in range(120)]
    index = ShingleIndex[int]()
    for place, runs in enumerate(map(shingles, texts)):
        best = max((jaccard(runs, shingles(other)) for other in texts[:place]), default=0.0)
        found = index.nearest(runs)
        assert (found.similarity if found else 0.0) == pytest.approx(best)
        expected = {n for n, other in enumerate(texts[:place]) if jaccard(runs, shingles(other)) >= 0.5}
        assert set(index.alike(runs, 0.5)) == expected
        index.add(place, runs)
    assert len(index) == 120


def test_scripts_without_spaces_count_character_by_character() -> None:
    alike = jaccard(shingles("光是一种电磁波它携带能量"), shingles("光是一种电磁波它携带动量"))
    assert 0.5 < alike < 1
    hindi = ["प्रकाश की गति क्या है", "प्रकाश का गति क्या है"]
    assert shingles(hindi[0]) != shingles(hindi[1])
    assert all(jaccard(shingles(a), shingles(b)) == 0 for a, b in itertools.combinations(["a", "b", ""], 2))
