"""Scalable drawings, written by hand: a few elements as text, with classes for colours and no style of their own."""

from __future__ import annotations

from html import escape
from typing import Final

from markupsafe import Markup

from backend.core.evaluation.reporting.escaping import printable

STYLE: Final = """
:root{--fg:#18181b;--muted:#52525b;--line:#d4d4d8;--data:#0f766e;--other:#b45309}
@media (prefers-color-scheme:dark){
:root{--fg:#ececee;--muted:#a1a1aa;--line:#3f3f46;--data:#4fd1c5;--other:#fdba74}}
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--muted)}
.strong{fill:var(--fg)}.line{stroke:var(--line);stroke-width:1}.bar{fill:var(--data)}.dot{fill:var(--data);fill-opacity:.45}
.whisker{stroke:var(--data);stroke-width:2.5;stroke-linecap:round}.point{fill:var(--data)}
.mark{stroke:var(--other);stroke-width:1.5;stroke-dasharray:4 3}.trend{stroke:var(--other);stroke-width:2;fill:none}
"""
"""The look of a drawing in a file of its own; inside the page the page's style does the same."""


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """An element; `class_` is its class and underscores in names are hyphens. `content` must be made of elements."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def label(text: str, x: float, y: float, *, anchor: str = "start", class_: str = "") -> str:
    """A text at a place."""
    return element(
        "text", escape(printable(text)), x=x, y=y, text_anchor=anchor, **({"class": class_} if class_ else {})
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str = "line") -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def drawing(width: float, height: float, content: str, title: str) -> Markup:
    """A whole drawing with a title for those who cannot see it."""
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_written(width)} {_written(height)}" role="img" '
        f'aria-label="{escape(printable(title))}">{content}</svg>'
    )


def standalone(picture: Markup) -> str:
    """The same drawing as a file that looks right by itself, in light and dark."""
    text = str(picture)
    end = text.index(">") + 1
    return f"{text[:end]}<style>{STYLE}</style>{text[end:]}\n"


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
