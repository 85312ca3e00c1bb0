"""Every method computes what it is defined as: PEFT's by PEFT itself, the others by their dense definitions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.params import MergeParams
from backend.engine.adapter_file import AdapterFile, Update
from backend.engine.merge.deltas import Combined, Delta, LowRank
from backend.engine.merge.elementwise import Rule, combine, pruned
from backend.engine.merge.factorwise import drift
from backend.engine.merge.methods import METHODS, exact_sum, product
from backend.engine.merge.threshold import kth_largest
from backend.engine.merge.truncation import RankPolicy, thin_svd, truncate_matrix, truncate_product

SHAPES = {"wide": (96, 64), "tall": (64, 200)}
WEIGHTS = {"positive": [0.7, 0.5, 0.3], "negative": [0.7, 0.5, -0.3], "uneven": [2.0, 0.01, 1.0]}


class Net(torch.nn.Module):
    """Two linear layers, with the names that adapters are put on."""

    def __init__(self) -> None:
        super().__init__()
        for name, (takes, gives) in SHAPES.items():
            setattr(self, name, torch.nn.Linear(takes, gives, bias=False))


@pytest.fixture(scope="module")
def peft_model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A model with three adapters of rank 8 and different alphas, and two of other ranks, all saved."""
    from peft import LoraConfig, get_peft_model

    folder = tmp_path_factory.mktemp("adapters")
    torch.manual_seed(0)
    configs = {"a": (8, 16), "b": (8, 4), "c": (8, 32), "small": (2, 6), "large": (12, 24)}
    model: Any = None
    for name, (rank, alpha) in configs.items():
        config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=list(SHAPES))
        if model is None:
            model = get_peft_model(Net(), config, adapter_name=name)  # type: ignore[arg-type]
        else:
            model.add_adapter(name, config)
    for key, weight in model.named_parameters():
        if "lora" in key:
            weight.data = torch.randn_like(weight)
    for name in configs:
        model.save_pretrained(str(folder), selected_adapters=[name])
        # It names this very module as the base model's library; only transformers' own may stand there.
        config_file = folder / name / "adapter_config.json"
        config_file.write_text(json.dumps({**json.loads(config_file.read_text()), "auto_mapping": None}))
    return model, folder


def updates(folder: Path, names: Sequence[str], module: str) -> list[Update]:
    return [AdapterFile(folder / name).update(module) for name in names]


def params(method: str, **more: Any) -> MergeParams:
    return MergeParams.model_validate({"adapters": ["a"], "output_dir": "x", "method": method, **more})


def computed(delta: Delta, method: str, rank: int, ranks: Sequence[int]) -> torch.Tensor:
    if not METHODS[params(method).method].truncates:
        assert isinstance(delta, LowRank)
        return delta.left.double() @ delta.right.double()
    policy = RankPolicy("number", rank)
    cut = (
        truncate_product(delta, policy, ranks) if isinstance(delta, LowRank) else truncate_matrix(delta, policy, ranks)
    )
    return cut.left.double() @ cut.right.double()


def off(got: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((got - wanted.double()).norm() / wanted.double().norm())


@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize(
    ("method", "names", "tolerance"),
    [
        ("cat", "a b c", 1e-6), ("cat", "a small large", 1e-6), ("svd", "a b c", 5e-5), ("svd", "a small large", 5e-5),
        ("linear", "a b c", 1e-5), ("ties", "a b c", 1e-5), ("magnitude_prune", "a b c", 1e-5),
        ("ties_svd", "a b c", 5e-5), ("magnitude_prune_svd", "a small large", 5e-5),
    ],
)  # fmt: skip
def test_peft_names_give_what_peft_gives(
    peft_model: tuple[Any, Path], method: str, names: str, tolerance: float, weights: list[float]
) -> None:
    model, folder = peft_model
    chosen = names.split()
    options: dict[str, Any] = {"density": 0.4} if "ties" in method or "prune" in method else {}
    options |= {"svd_rank": 8} if "svd" in method else {}
    name = f"{method} {names} {weights}".replace(".", "_")
    model.add_weighted_adapter(chosen, weights, name, combination_type=method, **options)
    for module in SHAPES:
        wanted = getattr(model.base_model.model, module).get_delta_weight(name)
        found = updates(folder, chosen, module)
        delta = METHODS[params(method).method].apply(found, weights, module, params(method, density=0.4))
        assert off(computed(delta, method, 8, [update.rank for update in found]), wanted) <= tolerance


def test_a_rank_stabilised_adapter_alone_stays_what_it_is() -> None:
    """PEFT multiplies such a result by sqrt(r) once more (peft#3761)."""
    update = Update(torch.randn(4, 30), torch.randn(20, 4), 16 / sqrt(4))
    delta = METHODS["sum"].apply([update], [1.0], "m", params("sum"))
    cut = truncate_product(delta, RankPolicy("energy", 1.0), [4])  # type: ignore[arg-type]
    assert off(cut.left @ cut.right, update.b.double() @ update.a.double() * 8) <= 1e-12


def random_updates(count: int, rank: int = 5, out: int = 60, into: int = 40, seed: int = 0) -> list[Update]:
    drawn = torch.Generator().manual_seed(seed)
    return [
        Update(torch.randn(rank, into, generator=drawn), torch.randn(out, rank, generator=drawn), 0.5 + place)
        for place in range(count)
    ]


def dense(update: Update) -> torch.Tensor:
    return update.scale * update.b.double() @ update.a.double()


@pytest.mark.parametrize(
    "change",
    ["none", "zero", "duplicate", "huge and tiny", "cancelling", "beyond the width"],
)
def test_the_truncated_sum_is_the_best_of_its_rank(change: str) -> None:
    found, weights = random_updates(3), [0.7, 0.5, -0.3]
    if change == "zero":
        found[0] = Update(found[0].a, torch.zeros_like(found[0].b), 1.0)
    elif change == "duplicate":
        found[1] = found[0]
    elif change == "huge and tiny":
        weights = [1e6, 1e-3, 1.0]
    elif change == "cancelling":
        found[1], weights = found[0], [1.0, -1.0, 1e-6]
    elif change == "beyond the width":
        found = random_updates(3, rank=30)
    total = sum(weight * dense(update) for weight, update in zip(weights, found, strict=True))
    u, s, v = torch.linalg.svd(torch.as_tensor(total))
    best = u[:, :4] * s[:4] @ v[:4]
    cut = truncate_product(exact_sum(found, weights), RankPolicy("number", 4), [5] * 3)
    ours, theirs = (torch.as_tensor(total - approximation).norm() for approximation in (cut.left @ cut.right, best))
    assert float(ours) <= float(theirs) * (1 + 1e-6) + 1e-9 * float(s[0])


def test_ranks_are_chosen_as_asked() -> None:
    total = exact_sum(random_updates(3), [1.0, 1.0, 1.0])
    singular = thin_svd(total.left, total.right)[1]
    energy = singular.square().cumsum(0) / singular.square().sum()
    ranks = [5, 5, 5]
    assert RankPolicy("max").choose(singular, ranks) == 5
    assert RankPolicy("sum").choose(singular, ranks) == 15
    assert RankPolicy("number", 400).choose(singular, ranks) == 15
    chosen = RankPolicy("energy", 0.9).choose(singular, ranks)
    assert energy[chosen - 1] >= 0.9 > energy[chosen - 2]
    assert RankPolicy("energy", 1.0).choose(singular, ranks) == 15


@pytest.mark.parametrize("density", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("elect", [True, False])
def test_row_blocks_equal_the_rule_on_the_whole_matrix(
    density: float, elect: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.engine.merge.deltas.BLOCK_ELEMENTS", 64 * 90)
    found, weights = random_updates(3, out=300, into=90), [1.0, 0.5, 2.0]
    rule = Rule("magnitude", elect=elect, density=density)
    blocks = Combined([product(update) for update in found], weights, rule, "m")
    assert len(list(blocks.blocks())) > 3
    whole = [pruned(product(update).dense(), rule) for update in found]
    differing = (blocks.dense() != combine(whole, weights, rule)).sum()
    assert int(differing) <= 300 * 90 * 1e-5


def test_blocks_are_never_short() -> None:
    for rows in (63, 64, 65, 129, 1000, 22_000):
        cuts = list(LowRank(torch.zeros(rows, 1), torch.zeros(1, 40_000)).blocks())
        assert cuts[0][0] == 0
        assert cuts[-1][1] == rows
        assert all(one[1] == two[0] for one, two in pairwise(cuts))
        assert len(cuts) == 1 or min(stop - start for start, stop in cuts) >= 64


@pytest.mark.parametrize("k", [1, 2, 50, 999, 1000])
def test_the_threshold_is_the_exact_kth_magnitude(k: int) -> None:
    values = torch.randn(1000, generator=torch.Generator().manual_seed(k))
    values[::7] = values[3]
    expected = values.abs().sort(descending=True).values[k - 1]
    assert kth_largest(lambda: iter(values.split(64)), k) == float(expected)


def test_block_krylov_comes_as_near_as_the_whole_decomposition() -> None:
    found = random_updates(3, rank=16, out=400, into=300)
    matrix = Combined(
        [product(update) for update in found], [1.0] * 3, Rule("magnitude", elect=True, density=0.2), "m"
    )
    whole = matrix.dense().double()
    cut = truncate_matrix(matrix, RankPolicy("number", 16), [16] * 3)
    singular = torch.linalg.svdvals(whole)
    best = float(singular[16:].square().sum().sqrt())
    assert float((whole - cut.left @ cut.right).norm()) <= best * (1 + 1e-4)
    assert cut.kept == pytest.approx(float(singular[:16].square().sum() / singular.square().sum()), rel=1e-4)


class TestDare:
    """Random pruning that is seeded by place, not by order."""

    def merged(self, seed: int, module: str = "m") -> torch.Tensor:
        found = random_updates(2, out=80, into=70)
        return (
            METHODS["dare_linear_svd"].apply(found, [1.0, 0.5], module, params("dare_linear_svd", seed=seed)).dense()
        )

    def test_the_same_seed_gives_the_same_bytes_whatever_was_merged_before(self) -> None:
        first = self.merged(1)
        self.merged(1, "other")
        torch.rand(100)
        assert torch.equal(self.merged(1), first)
        assert not torch.equal(self.merged(2), first)
        assert not torch.equal(self.merged(1, "other"), first)

    def test_the_mean_over_seeds_is_the_sum(self) -> None:
        found = random_updates(2, out=80, into=70)
        wanted = exact_sum(found, [1.0, 0.5]).dense()
        draws = torch.stack([self.merged(seed) for seed in range(64)])
        parts = [weight * product(update).dense() for weight, update in zip([1.0, 0.5], found, strict=True)]
        # Density 0.5: an element is 0 or doubled, so its variance is its square.
        spread = sum(part.square() for part in parts).sqrt() / sqrt(64)  # type: ignore[union-attr]
        z = (draws.mean(0) - wanted) / spread
        assert 0.9 < float(z.std()) < 1.1
        assert float((z.abs() > 4).float().mean()) <= 0.002

    def test_the_share_kept_is_the_density(self) -> None:
        update = random_updates(1, out=200, into=200)[0]
        delta = METHODS["dare_linear_svd"].apply([update], [1.0], "m", params("dare_linear_svd", density=0.3))
        kept = float((delta.dense() != 0).float().mean())
        assert abs(kept - 0.3) < 4 * sqrt(0.3 * 0.7 / 40_000)


class TestCommonBases:
    """The factor forms equal the definitions on full matrices; the signs of singular vectors cancel."""

    @pytest.fixture
    def given(self) -> tuple[list[Update], list[float], list[torch.Tensor]]:
        found = random_updates(3, rank=6, out=90, into=70)
        return found, [1.0, 0.7, 0.4], [dense(update) for update in found]

    @pytest.mark.parametrize("density", [0.3, 1.0])
    def test_knots(self, given: tuple[list[Update], list[float], list[torch.Tensor]], density: float) -> None:
        found, weights, matrices = given
        u, s, v = torch.linalg.svd(torch.cat(matrices, dim=1), full_matrices=False)
        rule = Rule("magnitude", elect=True, density=density)
        parts = [pruned(part, rule) for part in v[:18].split(70, dim=1)]
        wanted = u[:, :18] * s[:18] @ combine(parts, weights, rule)
        got = METHODS["knots_ties"].apply(found, weights, "m", params("knots_ties", density=density))
        assert isinstance(got, LowRank)
        assert off(got.left @ got.right, wanted) <= 1e-9

    def test_core_space(self, given: tuple[list[Update], list[float], list[torch.Tensor]]) -> None:
        found, weights, matrices = given
        left = torch.linalg.svd(torch.cat([update.b.double() * update.scale for update in found], dim=1))[0][:, :18]
        right = torch.linalg.svd(torch.cat([update.a.double() for update in found]))[2][:18]
        rule = Rule("magnitude", elect=True, density=0.5)
        cores = [pruned(left.T @ matrix @ right.T, rule) for matrix in matrices]
        wanted = left @ combine(cores, weights, rule) @ right
        got = METHODS["core_ties"].apply(found, weights, "m", params("core_ties", density=0.5))
        assert isinstance(got, LowRank)
        assert off(got.left @ got.right, wanted) <= 1e-9

    def test_task_singular_vectors(self, given: tuple[list[Update], list[float], list[torch.Tensor]]) -> None:
        found, weights, matrices = given
        parts = [torch.linalg.svd(matrix, full_matrices=False) for matrix in matrices]
        u = torch.cat([part[0][:, :6] for part in parts], dim=1)
        v = torch.cat([part[2][:6] for part in parts])
        s = torch.cat([weight * part[1][:6] for weight, part in zip(weights, parts, strict=True)])

        def polar(matrix: torch.Tensor) -> torch.Tensor:
            p, _, q = torch.linalg.svd(matrix, full_matrices=False)
            return p @ q

        got = METHODS["tsv"].apply(found, weights, "m", params("tsv"))
        assert isinstance(got, LowRank)
        assert off(got.left @ got.right, polar(u) * s @ polar(v)) <= 1e-9

    def test_updates_in_unrelated_spaces_are_kept_whole(self) -> None:
        """One adapter reads the first inputs and writes the first outputs, the other the last: nothing interferes."""
        one, two = random_updates(2, rank=3, out=60, into=50)
        one.b[30:], one.a[:, 25:] = 0, 0
        two.b[:30], two.a[:, :25] = 0, 0
        wanted = dense(one) + dense(two)
        got = METHODS["tsv"].apply([one, two], [1.0, 1.0], "m", params("tsv"))
        assert isinstance(got, LowRank)
        assert off(got.left @ got.right, wanted) <= 1e-9


def test_the_drift_of_a_factor_method_is_measured() -> None:
    """Two adapters, linear: the cross terms are about as large as the answer (error near 1)."""
    found = random_updates(2, rank=8, out=200, into=200)
    got = METHODS["linear"].apply(found, [1.0, 1.0], "m", params("linear"))
    wanted = exact_sum(found, [1.0, 1.0])
    assert isinstance(got, LowRank)
    measured = drift(got, wanted)
    assert measured == pytest.approx(off(got.left.double() @ got.right.double(), wanted.left @ wanted.right), rel=1e-6)
    assert 0.5 < measured < 1.5
