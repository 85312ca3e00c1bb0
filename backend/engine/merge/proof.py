"""The proof of a merge: what was written, loaded by plain PEFT or transformers, against base and adapters themselves.

The target is the base plus the method's own change of each layer, uncut and unrounded, added to the layers' outputs;
it shares no file with the result. A merge passes when it predicts what the target predicts.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.params import MergeParams
from backend.engine import loading
from backend.engine.adapter_file import AdapterFile
from backend.engine.merge import measuring, plain_models
from backend.engine.merge.exact_change import ExactChange, merged_changes, own_changes
from backend.engine.merge.held_out import HeldOut, held_out, random_prompts
from backend.engine.merge.judging import LOSSLESS, Proof, explained_error, judged, row_of
from backend.engine.merge.measuring import Batch, Distance, Loss
from backend.engine.merge.parents import Parent, modules_of
from backend.engine.merge.plain_models import Broken, PlainBase
from backend.engine.merge.stored import held_in


def prove(
    folder: Path,
    parents: Sequence[Parent],
    params: MergeParams,
    settings: Settings,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Proof:
    """Measure a written merge.

    Args:
        folder: the result, an adapter or with `into_base` a model.
        parents: what it was made of, with their weights.
        params: how; the base, and how many prompts.
        settings: where models are kept.
        progress: called with the batches done and all of them.

    Raises:
        BadModel: the base cannot be loaded here, so nothing can be proved.
    """
    base = plain_models.load_base(parents, params, settings)
    data = _data_of(parents, base, params)
    asked = [found for found in data if found.examples]
    lost, fault = _lost(folder, parents, params, base)
    distance, losses = Distance(), {found.adapter: (Loss(), Loss(), Loss()) for found in asked}
    if fault is None:
        try:
            _measure(folder, base, asked, parents, params, (distance, losses), progress)
        except Broken as error:
            fault = str(error)
    table = [row_of(found, *losses[found.adapter]) for found in asked if found.scored and fault is None]
    limit = explained_error(params, base.dtype, lost)
    return judged(distance, table, data, fault, limit, exact=lost < LOSSLESS)


def _data_of(parents: Sequence[Parent], base: PlainBase, params: MergeParams) -> list[HeldOut]:
    """Every adapter's prompts, and random ones when none has any."""
    try:
        tokenizer = loading.load_tokenizer(str(base.folder))
    except BadModel:
        data = [HeldOut(parent.name, "none: the base model has no tokenizer") for parent in parents]
    else:
        data = [held_out(parent, tokenizer, params.proof_prompts) for parent in parents]
    if not any(found.examples for found in data):
        data.append(random_prompts(base.vocabulary, params.proof_prompts, params.seed))
    return data


def _lost(folder: Path, parents: Sequence[Parent], params: MergeParams, base: PlainBase) -> tuple[float, str | None]:
    """Share of the squared change that the result cannot hold, and what is wrong with its file."""
    if params.into_base:
        return plain_models.rounding_lost(base, parents, params), None
    wanted = modules_of(parents)
    try:
        file = AdapterFile(folder)
        missing = sorted(set(wanted) ^ set(file.modules))
        if missing:
            return 1.0, f"The written adapter and its parents do not adapt the same layers ({missing[0]})."
        held = [held_in(file, parents, module, params, again=False) for module in wanted]
    except BadModel as error:
        return 1.0, f"The written adapter cannot be read: {error}"
    fault = next((layer.fault for layer in held if layer.fault), None)
    size = sum(layer.size for layer in held)
    lost = sum(layer.size * layer.lost for layer in held) / size if size else 0.0
    return lost, f"The layer {fault}." if fault else None


def _measure(
    folder: Path,
    base: PlainBase,
    asked: Sequence[HeldOut],
    parents: Sequence[Parent],
    params: MergeParams,
    tallies: tuple[Distance, dict[str, tuple[Loss, Loss, Loss]]],
    progress: Callable[[int, int], None],
) -> None:
    """Fill the tallies: the base and the exact changes on it first, then the result. Raises Broken."""
    distance, losses = tallies
    share = measuring.comparable_share(asked, base.vocabulary)
    batches = [measuring.batches_of(data, base.vocabulary, share, base.device) for data in asked]
    step = measuring.progress_of(batches, progress)
    target = ExactChange(base.model, merged_changes(parents, params, base.device))
    for data, group in zip(asked, batches, strict=True):
        own = next((parent for parent in parents if parent.name == data.adapter), None)
        alone = ExactChange(base.model, own_changes(own, base.device)) if own else target
        for batch in group:
            _before(batch, base.model, target, alone, distance, losses[data.adapter])
            step()
    del target, alone
    gc.collect()
    result = plain_models.load_result(folder, base, adapter=not params.into_base)
    for data, group in zip(asked, batches, strict=True):
        for batch in group:
            got = batch.logits(result)
            measuring.compare(batch, got, distance)
            losses[data.adapter][1].add(got, batch.targets)
            step()


def _before(
    batch: Batch,
    model: Any,
    target: ExactChange,
    alone: ExactChange,
    distance: Distance,
    losses: tuple[Loss, Loss, Loss],
) -> None:
    plain = batch.logits(model)
    with target:
        wanted = batch.logits(model)
    with alone:
        losses[0].add(batch.logits(model), batch.targets)
    losses[2].add(plain, batch.targets)
    measuring.keep_target(batch, plain, wanted, distance)
