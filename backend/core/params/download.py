"""Parameters of a download."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from backend.core.params.base import Params, hints
from backend.core.params.hub_id import REVISION, is_hub_id


def _hub_id(text: str) -> str:
    if not is_hub_id(text):
        raise ValueError("must be the id of a model on the Hugging Face hub, owner/name")
    return text


def _revision(text: str) -> str:
    if not REVISION.fullmatch(text):
        raise ValueError("must be a branch, a tag or a commit")
    return text


class DownloadParams(Params):
    """Fetch a base model from the Hugging Face hub, once: runs then need no network."""

    title: ClassVar[str] = "Download"
    never_from_environment: ClassVar[frozenset[str]] = frozenset({"model", "revision"})

    model: Annotated[str, AfterValidator(_hub_id)] = Field(min_length=3, max_length=193)
    """Id of the model on the hub, such as `Qwen/Qwen2.5-0.5B-Instruct`"""
    revision: Annotated[str, AfterValidator(_revision)] | None = Field(None, max_length=128)
    """Branch, tag or commit; empty = `main`. The commit it means is written into the job's result"""
    resume: bool = Field(False, json_schema_extra=hints(managed=True))
    """Continue: files that are here already are not fetched again, with or without it"""
