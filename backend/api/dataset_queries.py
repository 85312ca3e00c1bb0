"""What several questions about a dataset have in common."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"

FileName = Annotated[str, Query(max_length=128, pattern=FILE_NAME, description="File name")]
BaseModelName = Annotated[
    str | None,
    Query(min_length=1, max_length=4096, description="Base model whose tokenizer counts; none = the machine's own"),
]
MappingPairs = Annotated[
    list[Annotated[str, Query(max_length=300)]],
    Query(max_length=20, description="part=column: which column plays which part"),
]
