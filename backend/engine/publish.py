"""The program of a publishing job: an export goes to the Hugging Face hub, with its card.

python -m backend.engine.publish --folder models/physics_vllm --repo_id me/physics --license apache-2.0
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from backend.core.cli import run_recipe
from backend.core.environment.settings import Settings, load_settings
from backend.core.errors import BadModel, Conflict, InvalidInput
from backend.core.export.card import CARD_FILE, model_card
from backend.core.export.serving import SERVING_FILE
from backend.core.models.folder import require_safe
from backend.core.models.hub_cache import is_offline
from backend.core.params import PublishParams
from backend.core.paths import normalise_path, shown
from backend.core.storage.archive import plain_files
from backend.core.storage.files import sha256_of

logger = logging.getLogger(__name__)

RECORD = "export.json"
FIELD = "folder"
STAY_HERE = (CARD_FILE, SERVING_FILE, "Modelfile")
"""The card is written anew with the licence; commands and a Modelfile may name folders of this machine."""


def main(params: PublishParams) -> None:
    """Check the export, make the repository, upload. Raises PipelineError with a sentence for the user."""
    from backend.core.runs.events import RunReporter

    settings, reporter = load_settings(), RunReporter()
    reporter.progress("checking the export")
    token = _token(settings)
    folder = normalise_path(params.folder, Path.cwd())
    record = _record(folder, params)
    require_safe(folder, FIELD)
    files = [file for file in plain_files(folder) if file.name not in STAY_HERE]
    _require_unchanged(folder, record)
    card = model_card(record, params.license)

    reporter.progress("uploading", 0, len(files) + 1)
    from backend.engine import hub

    with hub.UploadErrors(params.repo_id, params.revision):
        url = hub.upload(
            {file.name: file.path for file in files} | {CARD_FILE: card.encode()},
            params.repo_id,
            params.revision,
            token,
            message=f"{record['name']} ({record['form']})",
            private=params.private,
        )
    reporter.result({"url": url, "repo_id": params.repo_id, "private": params.private, "files": len(files) + 1})
    sys.stdout.write(f"Published {shown(folder)} as {url} ({'private' if params.private else 'public'}).\n")


def _token(settings: Settings) -> str:
    if is_offline():
        raise InvalidInput("HF_HUB_OFFLINE is set, so nothing is published: unset it to go online.", "repo_id")
    token = settings.hf_token.get_secret_value() if settings.hf_token else os.environ.get("HF_TOKEN")
    if not token:
        raise InvalidInput(
            "Publishing needs a token that may write: make one at https://huggingface.co/settings/tokens and set "
            "HF_TOKEN in the settings.",
            "repo_id",
        )
    return token


def _record(folder: Path, params: PublishParams) -> dict[str, Any]:
    """What the export says of itself. Raises BadModel and Conflict."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError):
        raise BadModel(
            f"{shown(folder)} holds no {RECORD}: write an export first (`python -m backend.engine.export`), which "
            "checks that others will ask the model as it was trained.",
            FIELD,
        ) from None
    if not record["parity"]["passed"] and not params.allow_mismatch:
        raise Conflict(
            f"{shown(folder)} is asked otherwise than it was trained, as its {RECORD} says: export it again, or pass "
            "--allow_mismatch to publish it nevertheless."
        )
    return dict(record)


def _require_unchanged(folder: Path, record: dict[str, Any]) -> None:
    changed = [
        name
        for name, digest in record["files"].items()
        if name not in STAY_HERE and not ((folder / name).is_file() and sha256_of(folder / name) == digest)
    ]
    if changed:
        raise Conflict(
            f"{shown(folder)} has changed since it was exported ({', '.join(changed[:5])}): export it again."
        )


if __name__ == "__main__":
    sys.exit(run_recipe(PublishParams, main, __doc__))
