"""The documented ways to start several processes, each read by the program that it is for."""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from pathlib import Path

import pytest

from backend.core.cli import parse_params
from backend.core.launching.__main__ import main
from backend.core.params import TrainParams
from backend.core.paths import PROJECT_ROOT

PAGES = [PROJECT_ROOT / "docs" / name for name in ("training.md", "scale.md")]
BEGINNINGS = r"python train\.py|torchrun|accelerate launch|python -m backend\.core\.launching"
TEXTS = [page.read_text(encoding="utf-8") for page in PAGES]
COMMANDS = sorted({found for text in TEXTS for found in re.findall(rf"(?:^|`)((?:{BEGINNINGS}) [^`\n]+)", text, re.M)})


def test_every_way_is_documented() -> None:
    assert all(any(re.match(way, command) for command in COMMANDS) for way in BEGINNINGS.split("|"))


@pytest.mark.parametrize("command", [one for one in COMMANDS if "..." not in one])
def test_a_documented_command_is_one(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command.partition(" > ")[0])
    if "backend.core.launching" in command:
        with suppress(SystemExit):
            main(words[3:])
        assert capsys.readouterr().out  # what is wrong goes to the other stream
    elif words[0] == "python":
        parse_params(TrainParams, words[2:])
    else:
        given = _parser(words[0]).parse_args(words[1 if words[0] == "torchrun" else 2 :])
        assert given.training_script == "train.py"
        parse_params(TrainParams, given.training_script_args)
        config = getattr(given, "config_file", None)
        assert config is None or (PROJECT_ROOT / Path(config)).is_file()


def _parser(launcher: str):  # type: ignore[no-untyped-def]
    pytest.importorskip("torch")
    if launcher == "torchrun":
        from torch.distributed.run import get_args_parser

        return get_args_parser()
    from accelerate.commands.launch import launch_command_parser

    return launch_command_parser()
