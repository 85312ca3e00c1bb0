"""Templates filled in, and the policy that lets a page run its own style and script and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from backend.core.evaluation.reporting import wording
from backend.core.evaluation.reporting.axis import Axis
from backend.core.evaluation.reporting.escaping import fenced, for_script, markdown, printable
from backend.core.evaluation.reporting.plots import interval_bar, stacked_bar

TEMPLATES = Path(__file__).parent / "templates"
WORDS = (
    "score", "gap", "tick", "interval", "percent", "share", "p_value", "coefficient", "duration", "money", "moment",
    "words",
)  # fmt: skip
"""Functions of `wording` that templates call by name."""


def page(template: str, context: Mapping[str, Any], data: Any) -> str:
    """A complete HTML page.

    Args:
        template: name of a template that extends the page.
        context: what it shows; every string is escaped.
        data: what its script shows, as JSON.
    """
    style, script = _asset("report.css"), _asset("items.js")
    return _environment(html=True).get_template(template).render(
        **context,
        policy=policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=Markup(for_script(data)),
    )  # fmt: skip


def markdown_file(template: str, context: Mapping[str, Any]) -> str:
    """A complete Markdown file; its template escapes with `md` and `fenced`."""
    return _environment(html=False).get_template(template).render(**context)


def policy(style: str, script: str) -> str:
    """A Content-Security-Policy under which these two work and nothing else does, requests included."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@lru_cache(maxsize=4)
def _asset(name: str) -> str:
    return "\n" + (TEMPLATES / name).read_text(encoding="utf-8")


@lru_cache(maxsize=2)
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
    environment.filters |= {name: getattr(wording, name) for name in WORDS}
    environment.filters |= {"md": markdown, "fenced": fenced}
    environment.globals |= {
        "interval_bar": interval_bar,
        "stacked_bar": stacked_bar,
        "is_share": wording.is_share,
        "axis_of": lambda scale: Axis(scale.low, scale.high),
    }
    return environment


def _finalize(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
