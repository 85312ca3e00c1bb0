"""Ask a base model, an adapter or a merged model.

    python run_inference.py --model_path physics --prompt "What is the SI unit of force?"
    python run_inference.py --model_path physics --input_file data/physics_test_qa.json
    python run_inference.py --model_path physics          (a terminal: chat)

The answer is all that goes to standard output.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.cli import run_recipe
from backend.core.errors import InvalidInput
from backend.core.params import InferenceParams
from backend.core.paths import normalise_path, shown
from backend.core.prompts import format_prompt

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
        from backend.engine.worker import serve

        return serve(params, sys.stdin, sys.stdout)
    if params.input_file:
        return answer_file(params)
    if params.prompt is None and not sys.stdin.isatty():
        raise InvalidInput("There is no question: give --prompt, --input_file, or start it on a terminal to chat.")
    from backend.engine.inference import ModelInference

    model = ModelInference(params)
    if params.prompt is not None:
        print(model.generate(params.prompt).text)
    else:
        chat(model)
    return None


def answer_file(params: InferenceParams) -> None:
    """Answer every record of a dataset and write `[{id, input, reference, prediction, model}]`."""
    from backend.core.datasets import load_records
    from backend.core.files import write_json
    from backend.engine.inference import ModelInference
    from backend.engine.progress import ProgressLine

    dataset = load_records(normalise_path(params.input_file or "", Path.cwd()), need_answer=False)
    logger.info("%s", dataset.recognised)
    model = ModelInference(params)
    progress, predictions = ProgressLine(sys.stderr), []
    for start in range(0, len(dataset.records), params.batch_size or 16):
        batch = dataset.records[start : start + (params.batch_size or 16)]
        asked = [record.prompt for record in batch]
        for record, answer in zip(batch, model.generate_batch(asked), strict=True):
            predictions.append(
                {
                    "id": str(record.raw.get("id", record.index)),
                    "input": record.question,
                    "reference": record.answer,
                    "prediction": answer.text,
                    "model": params.model_path or params.base_model_name,
                }
            )
        progress.show(len(predictions), len(dataset.records))
    progress.clear()
    output = normalise_path(params.output_file, Path.cwd())
    output.parent.mkdir(parents=True, exist_ok=True)
    write_json(output, predictions)
    print(f"{len(predictions):,} answers in {shown(output)}.")


def chat(model: ModelInference) -> None:
    """Question and answer until the person leaves with /quit or Ctrl-D."""
    print("Ask away; /clear forgets the conversation, /quit leaves.", file=sys.stderr)
    messages: list[dict[str, str]] = []
    while True:
        try:
            question = input("> ").strip()
        except EOFError:
            return
        if question == "/quit":
            return
        if question == "/clear":
            messages = []
        elif question:
            messages.append({"role": "user", "content": question})
            answer = model.generate(messages).text
            messages.append({"role": "assistant", "content": answer})
            print(answer)


if __name__ == "__main__":
    sys.exit(run_recipe(InferenceParams, main, __doc__))
