"""Ask a base model, an adapter or a merged model.

    python run_inference.py --model_path physics --prompt "What is the SI unit of force?"
    python run_inference.py --model_path physics --input_file data/physics_test_qa.json
    python run_inference.py --model_path physics          (a terminal: chat)

The answer is all that goes to standard output.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.cli import run_recipe
from backend.core.data.datasets import LoadedDataset, listed, load_records
from backend.core.data.prompts import format_prompt
from backend.core.environment.settings import load_settings
from backend.core.errors import BadDataset, InvalidInput
from backend.core.params import InferenceParams
from backend.core.paths import normalise_path, shown

if TYPE_CHECKING:
    from backend.engine.inference import ModelInference

__all__ = ["ModelInference", "format_prompt", "main"]


logger = logging.getLogger("run_inference")


def __getattr__(name: str) -> Any:
    """The documented class, imported only when asked for."""
    if name != "ModelInference":
        raise AttributeError(name)
    from backend.engine.inference import ModelInference

    return ModelInference


def main(params: InferenceParams) -> None:
    """Answer one prompt, a file of them, or a person. Raises PipelineError."""
    if params.prompt is not None and params.input_file:
        raise InvalidInput("--prompt and --input_file are both given: choose one.", "prompt")
    if params.serve:
        from backend.engine.answering.worker import serve

        return serve(params, sys.stdin, sys.stdout)
    if params.input_file:
        return answer_file(params, params.input_file)
    if params.prompt is not None:
        return answer_prompt(params, params.prompt)
    if not sys.stdin.isatty():
        raise InvalidInput("There is no question: give --prompt, --input_file, or start it on a terminal to chat.")
    return chat(params)


def answer_prompt(params: InferenceParams, prompt: str) -> None:
    """Write the answer, on a terminal as it comes."""
    from backend.core.chat.terminal import for_terminal
    from backend.engine.inference import ModelInference

    model = ModelInference(params)
    if not sys.stdout.isatty():
        print(model.generate(prompt).text)
        return
    for piece in model.stream(prompt):
        print(for_terminal(piece, sys.stdout), end="", flush=True)
    print()


def answer_file(params: InferenceParams, input_file: str) -> None:
    """Answer every record of a dataset and write `[{id, input, reference, prediction, model}]`.

    Answers are kept as they come; the same command goes on where an earlier one was stopped.
    """
    from backend.core.processes.stopping import stop_raises
    from backend.core.runs.journal import Journal, dependencies
    from backend.core.storage.files import require_replaceable
    from backend.engine import loading
    from backend.engine.answering.answer_progress import AnswerProgress
    from backend.engine.inference import ModelInference

    # 1. What can be wrong is found before the model is loaded.
    dataset = load_questions(normalise_path(input_file, Path.cwd()), params.column_mapping)
    output = normalise_path(params.output_file, Path.cwd())
    require_replaceable(output)
    logger.info("%s", dataset.recognised)

    # 2. Load it, and see what is there already.
    model = ModelInference(params)
    base = loading.locate_base(model.reference.base, model.settings, revision=params.model_revision)
    adapter = model.reference.adapter
    template = model.templates.of(adapter).template.source
    folder = Path(base) if Path(base).is_dir() else base
    with Journal(output, dependencies(params, dataset.path, folder, adapter, template), dataset.total) as journal:
        left = [record for record in dataset.records if record.index not in journal.answers]
        progress = AnswerProgress(journal)

        # 3. Answer the others; a record's seed is its own, whatever was answered before.
        with progress, stop_raises(progress.stopped) as check:
            seeds = [params.seed + record.index for record in left]
            tools = [record.tools for record in left]
            for position, answer in model.answer_all([record.prompt for record in left], seeds=seeds, tools=tools):
                journal.add(left[position].index, answer.text)
                progress.show()
                check()

        # 4. All are there: write them in the order of the file.
        journal.publish([journal.row(record, called(params)) for record in dataset.records])
    print(f"{dataset.total:,} answers in {shown(output)}.")


def load_questions(path: Path, column_mapping: dict[str, str]) -> LoadedDataset:
    """The records to answer. Raises BadDataset, naming every record that cannot be asked."""
    dataset = load_records(path, column_mapping, need_answer=False)
    if dataset.problems:
        raise BadDataset(
            f"{shown(path)}: {len(dataset.problems)} of {dataset.total} records cannot be asked.\n"
            f"{listed(dataset.problems)}\nCorrect them or take them out.",
            "input_file",
        )
    mute = [record.index for record in dataset.records if not record.prompt]
    if mute:
        raise BadDataset(
            f"{shown(path)}, record {mute[0]}: it begins with the answer, so nothing is asked.", "input_file"
        )
    return dataset


def called(params: InferenceParams) -> str:
    """What a person would call the model: the name as given, or the last part of a folder."""
    given = params.model_path or params.base_model_name
    folder = normalise_path(given, Path.cwd())
    return Path(os.path.abspath(folder)).name if folder.is_dir() else given


def chat(params: InferenceParams) -> None:
    """Question and answer until the person leaves."""
    from backend.core.chat.session import ChatSession
    from backend.core.chat.terminal import HISTORY_FILE, LineReader, converse
    from backend.core.params.groups import Sampling
    from backend.engine.inference import ModelInference

    settings = load_settings()
    # The session holds the system prompt itself, since a person may change or remove it.
    model = ModelInference(params.model_copy(update={"system_prompt": None}), settings)
    session = ChatSession(
        model,
        settings,
        base=model.reference.base,
        name=called(params),
        sampling=Sampling.model_validate(params.model_dump(include=set(Sampling.model_fields))),
        system=params.system_prompt,
        seed=params.seed,
    )
    converse(session, LineReader(settings.state_dir / HISTORY_FILE), sys.stdout, sys.stderr)


if __name__ == "__main__":
    sys.exit(run_recipe(InferenceParams, main, __doc__))
