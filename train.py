"""Fine-tune a base model on a file of examples with QLoRA.

    python train.py --dataset_path data/physics_qa.json --adapter_name physics --base_model_name tiny
    python train.py --config config/train_tiny_physics.yaml
    python train.py --num_processes 2 ...                on two GPUs; or torchrun --nproc_per_node 2 train.py ...

The steps: check the data, load the base in 4 bit, put an adapter on it, train, save, register.
"""

from __future__ import annotations

import logging
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.cli import run_recipe
from backend.core.data.datasets import load_json_dataset
from backend.core.data.prompts import format_prompt
from backend.core.environment.settings import Settings, load_settings
from backend.core.params import TrainParams
from backend.core.paths import normalise_path

if TYPE_CHECKING:
    from backend.core.runs.events import RunReporter
    from backend.engine.callbacks import TrainingLogger
    from backend.engine.collator import DataCollatorForCausalLM
    from backend.engine.processes.world import World
    from backend.engine.scoring import ComputeMetrics

__all__ = [
    "ComputeMetrics",
    "DataCollatorForCausalLM",
    "TrainingLogger",
    "format_prompt",
    "load_json_dataset",
    "main",
]

logger = logging.getLogger("train")


def __getattr__(name: str) -> Any:
    """The documented names, imported only when asked for: `--help` then answers in half a second, not in fifteen."""
    homes = {"TrainingLogger": "callbacks", "DataCollatorForCausalLM": "collator", "ComputeMetrics": "scoring"}
    if name not in homes:
        raise AttributeError(name)
    import importlib

    return getattr(importlib.import_module(f"backend.engine.{homes[name]}"), name)


def main(params: TrainParams) -> None:
    """Run the whole story, alone or with others. Raises PipelineError with a sentence for the user."""
    from backend.engine.processes.place import place_of
    from backend.engine.processes.started import Others

    place = place_of(params)
    with Others(place, params, Path(__file__)) as others:
        from backend.engine.processes.world import World  # loads PyTorch, as the others do meanwhile

        with World(place, others.store if place.starts_others else None) as world:
            train(params, world)


def train(params: TrainParams, world: World) -> None:
    """The whole story, in each process of a world; the main one alone writes, registers and speaks."""
    from backend.core.estimates.schedule import steps_per_epoch
    from backend.core.runs.events import RunReporter
    from backend.core.runs.fingerprint import fingerprint
    from backend.core.runs.folder import RunFolder
    from backend.core.runs.identity import identity_of
    from backend.engine import artifacts, loading, models, record, session, training
    from backend.engine.assembly import assemble
    from backend.engine.callbacks import TrainingLogger
    from backend.engine.cautions import cautions
    from backend.engine.device import choose_device
    from backend.engine.dry_run import dry_run
    from backend.engine.ending import EndOnRequest
    from backend.engine.out_of_memory import next_step_told
    from backend.engine.plan import plan_sentence, planned_by_history
    from backend.engine.preparation import prepare
    from backend.engine.processes import sharding
    from backend.engine.processes.folder import opened
    from backend.engine.samples.rounds import SampleRounds
    from backend.engine.tensorboard import tensorboard_callback
    from backend.engine.trackers import require_trackers, tracker_callbacks

    started = datetime.now(timezone.utc)
    settings, reporter = load_settings(), RunReporter()
    ending = EndOnRequest(world, reporter)
    ending.hear_finish()
    name = params.adapter_name or Path(params.output_dir or "").name
    target = normalise_path(params.output_dir, Path.cwd()) if params.output_dir else settings.model_output_dir / name
    loading.quiet_libraries()

    # 1. Check what can be checked without the model, and see the data as the model will see it.
    device = choose_device(params, world)
    params = sharding.for_sharding(params, device)
    minded = cautions(params, device)
    require_trackers(params.report_to, settings)
    loading.quantisation_config(params, device)
    with world.main_first("the data is in the cache"):
        prepared = prepare(params, settings, reporter)
    together = world.sentences(params.per_device_train_batch_size * params.gradient_accumulation_steps)
    told = [*prepared.sentences(), device.sentence, *together, *sharding.sentences(params), *minded]
    if params.dry_run:
        print("\n".join(dry_run(params, prepared, device, settings, started, told, world)))
        return

    identity = identity_of(
        params,
        dataset=prepared.sha256,
        eval_dataset=prepared.eval_sha256,
        base=fingerprint(Path(prepared.base)),
        computes_on=device.name,
        processes=world.size,
    )
    folder = RunFolder(target, identity, resume=params.resume, with_changes=params.resume_with_changes)
    with (
        opened(folder, world) as run,
        next_step_told(params, prepared, device),
    ):
        if run.ended:
            logger.info("The run had ended; only its entry in the registry was left to make.")
            if world.is_main:
                finish(params, models.read_run(target), target, settings, reporter)
            return
        planned = planned_by_history(params, prepared, device, settings, world.size)
        for sentence in (*told, plan_sentence(planned)):
            logger.info("%s", sentence)

        # 2. Load the base in 4 bit and put an adapter on it.
        reporter.progress("loading the base model")
        made = assemble(params, prepared, device, run.checkpoint, world)
        params = made.params

        # 3. Train, from the newest whole checkpoint if there is one to resume.
        done = run.checkpoint.step if run.checkpoint else 0
        if done:
            logger.info("Continuing after step %d.", done)
        steps = steps_per_epoch(len(prepared.train.features), params, world.size)
        callbacks: list[Any] = [ending]
        if world.is_main:
            artifacts.forget_after(run.partial, done)
            artifacts.forget_samples_after(reporter.job_dir, done)
            reporter.output_dir = run.partial
            curves = TrainingLogger(reporter, prepared.train.tokens, steps)
            samples = SampleRounds(params, prepared, reporter)
            trackers = tracker_callbacks(params.report_to, settings)
            callbacks = [samples, curves, ending, tensorboard_callback(run.partial / "tensorboard"), *trackers]
        trainer = training.build_trainer(
            made.model, params, prepared, device, run, callbacks, pads=made.pads, world=world
        )
        ending.hear_stop()
        outcome = session.fit(trainer, ending, run)
        scores = session.final_scores(trainer)
        weights = sharding.whole_adapter(trainer.model_wrapped)
        if not world.is_main:
            return
        samples.last(trainer.model, session.step_of_model(trainer))

        # 4. Save everything into the hidden folder, which then gets its name.
        reporter.progress("saving", trainer.state.global_step, trainer.state.max_steps)
        seconds = (datetime.now(timezone.utc) - started).total_seconds()
        result = {
            "adapter_name": name,
            **record.result_of(trainer, outcome, scores, prepared, target, seconds, made.trained),
            **record.compared(outcome, planned, device, world.size),
        }
        history = record.run_record(name, params, prepared, device, result, started, world.size)
        artifacts.save_all(made.model, prepared.tokenizer, run.partial, params, history, weights)
        run.publish()

    finish(params, history, target, settings, reporter)


def finish(
    params: TrainParams, history: dict[str, Any], target: Path, settings: Settings, reporter: RunReporter
) -> None:
    """5. Register, last, for what is listed is whole; and tell what came of it."""
    from backend.core.registry import AdapterRegistry
    from backend.engine import record

    if params.register_adapter:
        AdapterRegistry(settings.adapter_config_path).add(record.registry_entry(history, target))
    reporter.result(history["result"])
    print(record.summary(history))


if __name__ == "__main__":
    sys.exit(run_recipe(TrainParams, main, __doc__))
