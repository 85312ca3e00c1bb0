"""Every kind as `GET /job-kinds` describes it, each with the least request that it takes: what forms are held to.

python -m tests.live_kinds      prints them as JSON
"""

from __future__ import annotations

import json
import sys
from typing import Any

from backend.api.kinds import describe
from backend.jobs.kinds import JOB_KINDS, JobKind

GIVEN: dict[str, Any] = {
    "adapter_name": "physics",
    "dataset_path": "data/physics_qa.json",
    "adapters": ["one:0.7", "other:0.3"],
    "output_dir": "both",
    "model": "owner/name",
    "models": ["tiny"],
    "topic": "physics",
    "folder": "models/physics",
    "repo_id": "owner/name",
    "license": "apache-2.0",
}
"""What the fields are given."""
NEEDED = {"generate": ["topic"], "evaluate": ["models", "dataset_path"]}
"""Of several fields one has to say something; no schema can tell which."""


def least(kind: JobKind, required: list[str]) -> dict[str, Any]:
    """The least request, which the kind's own class has taken."""
    body = {name: GIVEN[name] for name in (*required, *NEEDED.get(kind.name, ()))}
    assert kind.params.model_validate(body).model_dump(exclude_unset=True) == body
    return body


def live_kinds() -> list[dict[str, Any]]:
    """The kinds, without a variable of the environment."""
    described = [(kind, describe(kind, {}, "models").model_dump(by_alias=True)) for kind in JOB_KINDS.values()]
    return [{**found, "least": least(kind, found["schema"]["required"])} for kind, found in described]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(live_kinds()))
