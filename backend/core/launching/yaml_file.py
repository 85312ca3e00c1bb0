"""A YAML file as a person would write it: comments first, keys in their order, several lines as a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


class _Writer(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _text(writer: _Writer, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Writer.add_representer(str, _text)


def yaml_file(head: str, content: Mapping[str, Any]) -> str:
    """The text of a file.

    Args:
        head: comments.
    """
    return head + yaml.dump(dict(content), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=10_000)
