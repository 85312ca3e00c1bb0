"""Fine-tune a base model on a file of examples with QLoRA.

    python train.py --dataset_path data/physics_qa.json --adapter_name physics --base_model_name tiny
    python train.py --config config/train_tiny_physics.yaml

The steps: check the data, load the base in 4 bit, put an adapter on it, train, save, register.
"""

from __future__ import annotations

import logging
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.cli import run_recipe
from backend.core.datasets import load_json_dataset, load_records, split
from backend.core.params import TrainParams
from backend.core.paths import normalise_path, shown
from backend.core.prompts import format_prompt
from backend.core.settings import load_settings

if TYPE_CHECKING:
    from backend.engine.callbacks import TrainingLogger
    from backend.engine.collator import DataCollatorForCausalLM
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
    """Run the whole story. Raises PipelineError with a sentence for the user."""
    from backend.core.errors import Stopped
    from backend.core.estimate import steps_per_epoch
    from backend.core.events import RunReporter
    from backend.core.registry import Adapter, AdapterRegistry
    from backend.core.run_folder import RunFolder
    from backend.engine import artifacts, checkpoints, loading, training
    from backend.engine.callbacks import StopOnSignal, TrainingLogger
    from backend.engine.device import choose_device
    from backend.engine.plan import plan, plan_lines
    from backend.engine.tensorboard import tensorboard_callback
    from backend.engine.tokenising import tokenise

    started, clock = datetime.now(timezone.utc), time.monotonic()
    settings, reporter = load_settings(), RunReporter()
    loading.quiet_libraries()

    # 1. Check everything that can be checked without the model.
    name = params.adapter_name or Path(params.output_dir or "").name
    target = normalise_path(params.output_dir, Path.cwd()) if params.output_dir else settings.model_output_dir / name
    training.require_optimiser(params.optim)
    device = choose_device(params)
    loading.quantisation_config(params, device)
    reporter.progress("reading the data")
    dataset = load_records(normalise_path(params.dataset_path, Path.cwd()), params.column_mapping).require_usable()
    train_records, eval_records = split(
        dataset.records[: params.max_train_samples], params.validation_split, params.seed
    )
    if params.eval_dataset_path:
        validation = load_records(normalise_path(params.eval_dataset_path, Path.cwd()), params.column_mapping)
        eval_records = validation.require_usable().records
    fingerprint = checkpoints.sha256_of(dataset.path)

    # 2. See the data as the model will see it.
    base = loading.locate_base(params.base_model_name, settings, reporter)
    tokenizer = loading.load_tokenizer(base, params.model_revision)
    data = tokenise(train_records, tokenizer, params, completion_only_loss=params.completion_only_loss)
    eval_data = tokenise(eval_records, tokenizer, params) if eval_records else None
    told = [dataset.recognised, *_left_out(dataset), data.sentence, _size(data), device.sentence]
    if params.dry_run:
        print("\n".join(plan_lines(told, plan(params, base, data, device.free_bytes()))))
        return

    identity = {**params.model_dump(mode="json"), "dataset_sha256": fingerprint}
    with RunFolder(target, identity, resume=params.resume) as run:
        for sentence in told:
            logger.info("%s", sentence)

        # 3. Load the base in 4 bit and put an adapter on it.
        reporter.progress("loading the base model")
        training.seed_everything(params.seed)
        model = training.attach_adapter(loading.load_base(base, params, params, device), params)
        trainable, everything = training.trainable_share(model)
        logger.info("Adapter: %s of %s parameters (%.2f %%).", f"{trainable:,}", f"{everything:,}",
                    100 * trainable / everything)  # fmt: skip

        # 4. Train, from the newest whole checkpoint if there is one to resume.
        checkpoint = checkpoints.newest_verified(run.checkpoints) if params.resume else None
        artifacts.forget_after(run.partial, checkpoints.step_of(checkpoint) if checkpoint else 0)
        reporter.output_dir = run.partial
        stop = StopOnSignal()
        stop.install()
        trainer = training.build_trainer(
            model,
            params,
            training.training_arguments(params, device, run.checkpoints, evaluate=eval_data is not None),
            data.features,
            eval_data.features if eval_data else [],
            tokenizer.pad_token_id,
            [
                TrainingLogger(reporter, data.tokens, steps_per_epoch(len(data.features), params)),
                stop,
                tensorboard_callback(run.partial / "tensorboard"),
            ],
        )
        if checkpoint:
            logger.info("Continuing after step %d.", checkpoints.step_of(checkpoint))
        outcome = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        if stop.requested and trainer.state.global_step < trainer.state.max_steps:
            raise Stopped(f"Stopped after step {trainer.state.global_step}; continue with --resume.")
        scores = training.final_scores(trainer) if eval_data else {}

        # 5. Save: everything into the hidden folder, which then gets its name.
        reporter.progress("saving", trainer.state.global_step, trainer.state.max_steps)
        artifacts.save_adapter(trainer.model, tokenizer, run.partial)
        seconds = time.monotonic() - clock
        result = {
            "adapter_name": name,
            "path": shown(target),
            "steps": trainer.state.global_step,
            "epochs": round(trainer.state.epoch or 0, 4),
            "train_loss": outcome.training_loss,
            "eval_loss": scores.get("eval_loss"),
            "perplexity": scores.get("eval_perplexity"),
            "token_accuracy": scores.get("eval_token_accuracy"),
            "seconds": round(seconds, 1),
            "train_seconds": round(outcome.metrics["train_runtime"], 1),
            "tokens_per_second": round(data.tokens * (trainer.state.epoch or 0) / outcome.metrics["train_runtime"], 1),
            "trainable_parameters": trainable,
        }
        record = {
            "name": name,
            "kind": "train",
            "params": params.model_dump(mode="json"),
            "versions": artifacts.versions(),
            "device": device.sentence,
            "template": {"name": data.template.name, "source": data.template.source},
            "dataset": {
                "path": str(dataset.path),
                "sha256": fingerprint,
                "examples": len(data.features),
                "tokens": data.tokens,
                "supervised_tokens": data.supervised_tokens,
                "truncated": data.truncated,
            },
            "result": result,
            "started_at": started.isoformat(timespec="seconds"),
            "finished_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        artifacts.write_run(run.partial, record)
        artifacts.write_card(run.partial, name, params, record)
        artifacts.plot_loss(run.partial, name)
        run.publish()

    # 6. Register, last: what is listed is whole.
    if params.register_adapter:
        AdapterRegistry(settings.adapter_config_path).add(
            Adapter(
                name=name,
                path=str(target),
                description=params.description,
                training_date=str(record["finished_at"]),
                base_model=params.base_model_name,
                lora_r=params.lora_r,
                lora_alpha=params.lora_alpha,
                dataset=dataset.path.name,
                train_loss=outcome.training_loss,
                eval_loss=scores.get("eval_loss"),
            )
        )
    reporter.result(result)
    print(_summary(result))


def _left_out(dataset: Any) -> list[str]:
    empty = len(dataset.problems)
    return [f"Left out: {empty} of {dataset.total} examples, for their answers are empty."] if empty else []


def _size(data: Any) -> str:
    share = data.supervised_tokens / data.tokens if data.tokens else 0.0
    return (
        f"Data: {len(data.features):,} examples, {data.tokens:,} tokens, {share:.0%} of them learnt, "
        f"{data.truncated:,} examples cut at max_length."
        + (f" {data.left_out:,} left out, for nothing to learn remained after the cut." if data.left_out else "")
    )


def _summary(result: dict[str, Any]) -> str:
    lines = [
        f"Trained {result['adapter_name']}: {result['steps']:,} steps in {result['seconds']:.0f} s, "
        f"loss {result['train_loss']:.4f}."
    ]
    if result["eval_loss"] is not None:
        lines.append(f"Validation: loss {result['eval_loss']:.4f}, perplexity {result['perplexity']:.2f}.")
    lines.append(f"Saved to {result['path']}.")
    lines.append(f'Try it: python run_inference.py --model_path {result["path"]} --prompt "..."')
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(run_recipe(TrainParams, main, __doc__))
