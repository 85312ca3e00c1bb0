"""An Ollama Modelfile: written from a template's shape, and read back as Ollama reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.core.export.shape import NoShape, Shape

QUOTE = '"""'


@dataclass(frozen=True)
class Modelfile:
    """What a Modelfile says.

    Args:
        source: behind FROM: a file or folder, or the name of a model of Ollama's.
        template: a Go template.
        stops: texts that end an answer.
        system: what is said to the model where a conversation does not; None = nothing.
        adapter: a file or folder beside it.
    """

    source: str
    template: str
    stops: Sequence[str]
    system: str | None = None
    adapter: str | None = None

    @property
    def text(self) -> str:
        """As Ollama reads it. Raises NoShape for words that it cannot quote."""
        lines = [f"FROM {self.source}"]
        if self.adapter:
            lines.append(f"ADAPTER {self.adapter}")
        lines.append(f"TEMPLATE {_quoted(self.template)}")
        if self.system:
            lines.append(f"SYSTEM {_quoted(self.system)}")
        lines += [f"PARAMETER stop {_quoted(stop)}" for stop in self.stops]
        return "\n".join(lines) + "\n"


def read_modelfile(text: str) -> Modelfile:
    """What a Modelfile says; only what `Modelfile.text` writes is read. Raises ValueError for all else."""
    found: dict[str, list[str]] = {}
    rest = text
    while rest.strip():
        rest = rest.lstrip("\n")
        name, _, rest = rest.partition(" ")
        if name == "PARAMETER":
            name, _, rest = rest.partition(" ")
        if rest.startswith(QUOTE):
            value, end, rest = rest[len(QUOTE) :].partition(QUOTE)
            if not end:
                raise ValueError("a quotation is not closed")
        else:
            value, _, rest = rest.partition("\n")
        found.setdefault(name, []).append(value)
    if unknown := set(found) - {"FROM", "ADAPTER", "TEMPLATE", "SYSTEM", "stop"}:
        raise ValueError(f"{', '.join(sorted(unknown))} is not read here")
    one = {name: values[-1] for name, values in found.items()}
    return Modelfile(one["FROM"], one["TEMPLATE"], found.get("stop", []), one.get("SYSTEM"), one.get("ADAPTER"))


def go_template(shape: Shape) -> str:
    """The template for Ollama, without trim marks: every sign in it counts. Raises NoShape."""
    for piece in shape.pieces:
        if "{{" in piece or "}}" in piece:
            raise NoShape("its words look like Go's own")
    system = f"{shape.system_begin}{{{{ .Content }}}}"
    user = f"{shape.user_begin}{{{{ .Content }}}}{shape.user_end}"
    loop = "{{ range .Messages }}"
    if shape.has_plain_system:
        system += shape.system_end.removesuffix(shape.user_begin) if shape.user_begin else shape.system_end
    else:  # the system prompt and the first question are one turn
        system += shape.system_end
        loop = "{{ range $place, $turn := .Messages }}"
        begin = f"{{{{ if not (and $.System (eq $place 1)) }}}}{shape.user_begin}{{{{ end }}}}"
        user = f"{begin}{{{{ .Content }}}}{shape.user_end}"
    answer = f"{shape.answer_begin}{{{{ .Content }}}}{shape.answer_end}"
    roles = [("system", system)] if shape.takes_system else []
    roles += [("user", user), ("assistant", answer)]
    said = "".join(
        f'{{{{ {"else " if place else ""}if eq .Role "{role}" }}}}{text}' for place, (role, text) in enumerate(roles)
    )
    begin = f"{{{{ if not .System }}}}{shape.begin}{{{{ end }}}}" if shape.begin else ""
    return f"{begin}{loop}{said}{{{{ end }}}}{{{{ end }}}}"


def _quoted(text: str) -> str:
    if QUOTE in text or text.endswith('"'):
        raise NoShape("a Modelfile cannot quote three quotation marks, or one at the end")
    if dropped := {sign for sign in text if not (sign.isprintable() or sign in "\n\t\r")}:
        raise NoShape(f"Ollama drops signs that cannot be seen from a Modelfile ({', '.join(map(ascii, dropped))})")
    return f"{QUOTE}{text}{QUOTE}"
