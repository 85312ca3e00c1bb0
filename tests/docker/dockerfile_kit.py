"""A Dockerfile as a list of stages: enough of its language for ours."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from backend.core.paths import PROJECT_ROOT

DOCKERFILE = PROJECT_ROOT / "Dockerfile"


@dataclass
class Stage:
    """From one FROM to the next.

    Args:
        base: an image, or the name of an earlier stage.
        steps: instruction in capitals and the rest of its line.
    """

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def rest_of(self, instruction: str) -> list[str]:
        """What stands behind each instruction of this kind."""
        return [rest for name, rest in self.steps if name == instruction]

    def exec_form(self, instruction: str) -> list[str]:
        """The words of ENTRYPOINT, CMD or HEALTHCHECK's CMD; fails where they are a line for a shell."""
        (rest,) = self.rest_of(instruction)
        words = json.loads(rest[rest.index("[") :])
        assert isinstance(words, list)
        return [str(word) for word in words]

    @property
    def environment(self) -> dict[str, str]:
        """What ENV sets, but for what it makes of other variables, as PATH."""
        pairs = [pair.partition("=") for rest in self.rest_of("ENV") for pair in shlex.split(rest)]
        return {name: value for name, _, value in pairs if "$" not in value}

    @property
    def arguments(self) -> dict[str, str]:
        """What ARG declares, with the defaults."""
        pairs = [pair.partition("=") for rest in self.rest_of("ARG") for pair in shlex.split(rest)]
        return {name: value for name, _, value in pairs}

    @property
    def copied(self) -> list[str]:
        """The sources of COPY that come from the folder of the build."""
        found = []
        for rest in self.rest_of("COPY"):
            words = rest.split()
            if not any(word.startswith("--from") for word in words):
                found += [word for word in words[:-1] if not word.startswith("--")]
        return found


def stages(file: Path = DOCKERFILE) -> dict[str, Stage]:
    """The stages by name, in their order."""
    text = re.sub(r"^\s*#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: dict[str, Stage] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = found[name] = Stage(base, name)
        elif instruction:
            stage.steps.append((instruction, rest))
    return found


def base_images(file: Path = DOCKERFILE) -> list[str]:
    """The images that come from a registry."""
    known = stages(file)
    return list(dict.fromkeys(stage.base for stage in known.values() if stage.base not in known))
