"""A whole model as GGUF, by llama.cpp's own converter: it knows a hundred architectures and their programs."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, MissingDependency, PipelineError
from backend.core.paths import shown

logger = logging.getLogger(__name__)

CONVERTER = "convert_hf_to_gguf.py"
LAST_LINES = 5


def find_converter(settings: Settings) -> Path:
    """The converter: in LLAMA_CPP_DIR, or on the PATH.

    Raises:
        MissingDependency: it is in neither.
    """
    if settings.llama_cpp_dir is not None:
        found: Path | None = settings.llama_cpp_dir / CONVERTER
        if found is not None and not found.is_file():
            raise MissingDependency(
                f"LLAMA_CPP_DIR is {shown(settings.llama_cpp_dir)}, and there is no {CONVERTER}: set it to a checkout "
                "of https://github.com/ggml-org/llama.cpp."
            )
    else:
        on_path = shutil.which(CONVERTER)
        found = Path(on_path) if on_path else None
    if found is None:
        raise MissingDependency(
            f"A GGUF file of a whole model is written by llama.cpp's {CONVERTER}, which is not on this machine: "
            "`git clone https://github.com/ggml-org/llama.cpp`, then set LLAMA_CPP_DIR to that folder. Without it, "
            "--form merged writes what the converter takes, and --form gguf_adapter the adapter alone."
        )
    return found


def convert(converter: Path, model: Path, outfile: Path, outtype: str) -> None:
    """Write the GGUF file of a model folder.

    Raises:
        BadModel: it does not know the model's tokenizer.
        MissingDependency: it needs packages of its own.
        PipelineError: it failed otherwise; its last lines tell why.
    """
    command = [sys.executable, str(converter), str(model), "--outfile", str(outfile), "--outtype", outtype]
    environ = {**os.environ, "HF_HUB_OFFLINE": "1"}
    environ.pop("HF_TOKEN", None)
    logger.info("Converting with %s.", shown(converter))
    done = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    if done.returncode != 0 or not outfile.is_file():
        told = "\n".join(lines[-LAST_LINES:])
        if "pre-tokenizer was not recognized" in told:
            raise BadModel(
                "llama.cpp does not know this model's tokenizer, so Ollama and its like cannot read it: write --form "
                "merged for programs that load safetensors.",
                "form",
            )
        if "ModuleNotFoundError" in told:
            needed = converter.parent / "requirements" / "requirements-convert_hf_to_gguf.txt"
            raise MissingDependency(f"{CONVERTER} needs packages of its own: pip install -r {needed}.\n{told}")
        raise PipelineError(f"{CONVERTER} ended with code {done.returncode} and wrote nothing:\n{told}")
    for line in lines[-LAST_LINES:]:
        logger.info("%s", line)
