"""The commands with which other programs serve an export, as text."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

VLLM_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What `--max-lora-rank` takes."""
SERVING_FILE = "SERVING.md"


def vllm_with_adapter(base: str, name: str, folder: Path, rank: int) -> str | None:
    """`vllm serve` with the adapter beside its base; None for a rank that vLLM does not take.

    The template and the tokens that end an answer come from the export's folder, not from the base's.
    """
    room = next((largest for largest in VLLM_RANKS if largest >= rank), None)
    if room is None:
        return None
    return _command(
        ["vllm", "serve", base],
        ["--enable-lora"],
        ["--lora-modules", f"{name}={folder}"],
        ["--max-lora-rank", str(room)],
        ["--chat-template", str(folder / "chat_template.jinja")],
        ["--generation-config", str(folder)],
    )


def vllm_with_model(name: str, folder: Path) -> str:
    """`vllm serve` of a whole model."""
    return _command(
        ["vllm", "serve", str(folder)],
        ["--served-model-name", name],
        ["--chat-template", str(folder / "chat_template.jinja")],
        ["--generation-config", str(folder)],
    )


def ollama(name: str, folder: Path) -> str:
    """Making the model of a Modelfile, and talking to it."""
    made = shlex.join(["ollama", "create", name, "-f", str(folder / "Modelfile")])
    return f"{made}\n{shlex.join(['ollama', 'run', name])}"


def serving_page(name: str, commands: Sequence[tuple[str, str]]) -> str:
    """All of it as a page. `commands` are titles with their commands."""
    parts = [f"# Serving {name}\n"]
    parts += [f"## {title}\n\n```bash\n{command}\n```\n" for title, command in commands]
    return "\n".join(parts)


def _command(*parts: Sequence[str]) -> str:
    """A command with each option on a line of its own."""
    return " \\\n    ".join(shlex.join(part) for part in parts)
