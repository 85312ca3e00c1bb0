"""What a person writes on a job: its name, its tags, its notes; none of it changes what runs or moves a file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from backend.core.params.base import Text

MOST_TAGS = 20
SWEEP = "sweep:"
"""Begins the tag that the runs of one sweep share."""


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    if not line:
        raise ValueError("must not be blank")
    return line


def _without_repeats(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


JobName = Annotated[Text, Field(min_length=1, max_length=120), AfterValidator(_one_line)]
"""What a job is called; no path follows from it."""

Tag = Annotated[Text, Field(min_length=1, max_length=80, pattern=r"^[^,]*$"), AfterValidator(_one_line)]
"""A word or two; without commas, which part several of them where a person types."""

Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS), AfterValidator(_without_repeats)]


class Labels(BaseModel):
    """What to write anew on a job; what is left out stays."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: JobName | None = None
    """What the job is called; its files keep their places"""
    tags: Tags | None = None
    """All of its tags"""
    notes: Text | None = None
    """What to remember about it"""

    def fields(self) -> dict[str, Any]:
        """The fields of the job's record that change."""
        given = self.model_dump(exclude_none=True)
        return {**given, "tags": tuple(given["tags"])} if "tags" in given else given


def sweep_of(tags: tuple[str, ...]) -> str | None:
    """The name of the sweep that a job with these tags belongs to."""
    return next((tag.removeprefix(SWEEP) for tag in tags if tag.startswith(SWEEP)), None)
