"""Parameters of taking in an adapter that was made elsewhere."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from backend.core.params.base import Name, Params, PathText, Text


class ImportParams(Params):
    """Take in a LoRA adapter that another trainer has made, to be tried, evaluated, merged and exported here."""

    title: ClassVar[str] = "Import"
    never_from_environment: ClassVar[frozenset[str]] = frozenset(
        {"folder", "adapter_name", "base_model_name", "description"}
    )

    folder: PathText
    """Folder that the trainer saved, or a zip file of it"""
    adapter_name: Name
    """Name it gets here"""
    base_model_name: PathText | None = None
    """Base model it belongs to; empty = the one its config names"""
    description: Annotated[Text, Field(max_length=2000)] = ""
    """A line about it for the registry"""
