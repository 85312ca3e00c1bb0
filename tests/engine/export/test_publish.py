"""An export on its way to the hub: private, with its card, and only what was checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from backend.core.export.card import model_card
from backend.core.paths import PROJECT_ROOT
from backend.core.storage.files import sha256_of
from tests.core.export.test_card import RECORD
from tests.engine.export.hub_stand_in import UploadHub, upload_hub
from tests.security.artifacts import ADAPTER_CONFIG, HONEST

pytest.importorskip("huggingface_hub")
TOKEN = "hf_" + "fakefakefakefakefakefake12"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What an export has left."""
    place = tmp_path / "physics"
    place.mkdir()
    (place / "adapter_config.json").write_text(json.dumps(ADAPTER_CONFIG))
    (place / "adapter_model.safetensors").write_bytes(HONEST)
    write_record(place, RECORD)
    (place / "README.md").write_text("without a licence")
    (place / "SERVING.md").write_text("/home/me")
    (place / "Modelfile").write_text("FROM /home/me/base\n")
    return place


def write_record(place: Path, record: dict[str, Any]) -> None:
    files = {name: sha256_of(place / name) for name in ("adapter_config.json", "adapter_model.safetensors")}
    (place / "export.json").write_text(json.dumps({**record, "files": files}))


def published(folder: Path, hub: UploadHub, *flags: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {
        "PATH": os.environ["PATH"], "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": TOKEN,
        "HOME": str(folder.parent), "PIPELINE_ENV_FILE": str(folder.parent / ".env"), **environ,
    }  # fmt: skip
    command = [sys.executable, "-m", "backend.engine.publish", "--folder", str(folder), "--repo_id", "me/physics"]
    return subprocess.run([*command, *flags], cwd=PROJECT_ROOT, env=given, capture_output=True, text=True)


LICENCE = ("--license", "apache-2.0")


def test_it_goes_out_private_with_its_card_and_without_places_of_this_machine(folder: Path) -> None:
    with upload_hub() as hub:
        done = published(folder, hub, *LICENCE)
    assert done.returncode == 0, done.stderr
    assert f"{hub.url}/me/physics (private)" in done.stdout
    made = hub.repositories[0]
    assert made.get("private") is True or made.get("visibility") == "private"
    assert set(hub.files) == {"README.md", "adapter_config.json", "adapter_model.safetensors", "export.json"}
    assert hub.files["README.md"].decode() == model_card({**RECORD, "files": {}}, "apache-2.0")
    assert hub.files["adapter_model.safetensors"] == HONEST
    assert b"/home/me" not in b"".join(hub.files.values())
    assert {token for _, _, token in hub.asked} == {f"Bearer {TOKEN}"}
    assert TOKEN not in done.stdout + done.stderr


def test_public_is_asked_for(folder: Path) -> None:
    with upload_hub() as hub:
        assert published(folder, hub, *LICENCE, "--private", "false").returncode == 0
    made = hub.repositories[0]
    assert made.get("private") is False or made.get("visibility") == "public"


@pytest.mark.parametrize(
    ("flags", "environ", "code", "words"),
    [
        ((), {}, 2, "--license is required"),
        (("--license", "Apache 2"), {}, 2, "--license"),
        (LICENCE, {"HF_HUB_OFFLINE": "1"}, 2, "HF_HUB_OFFLINE is set"),
        (LICENCE, {"HF_TOKEN": ""}, 2, "set HF_TOKEN in the settings"),
    ],
)
def test_what_is_missing_is_said_before_anybody_is_asked(
    folder: Path, flags: tuple[str, ...], environ: dict[str, str], code: int, words: str
) -> None:
    with upload_hub() as hub:
        done = published(folder, hub, *flags, **environ)
    assert (done.returncode, hub.asked) == (code, [])
    assert words in done.stderr


def test_only_a_checked_and_unchanged_export_goes_out(folder: Path) -> None:
    with upload_hub() as hub:
        (folder / "adapter_config.json").write_text(json.dumps({**ADAPTER_CONFIG, "lora_alpha": 8}))
        changed = published(folder, hub, *LICENCE)
        spoiled = deepcopy(RECORD)
        spoiled["parity"] |= {"passed": False, "different": 2}
        write_record(folder, spoiled)
        otherwise = published(folder, hub, *LICENCE)
        (folder / "export.json").unlink()
        unknown = published(folder, hub, *LICENCE)
        assert hub.asked == []
        write_record(folder, spoiled)
        assert published(folder, hub, *LICENCE, "--allow_mismatch").returncode == 0
    assert "has changed since it was exported (adapter_config.json)" in changed.stderr
    assert "asked otherwise than it was trained" in otherwise.stderr
    assert "write an export first" in unknown.stderr
    assert {done.returncode for done in (changed, otherwise, unknown)} == {2}


@pytest.mark.parametrize(("status", "words"), [(403, "one that may write"), (503, "try again later")])
def test_what_the_hub_answers_is_told_in_words(folder: Path, status: int, words: str) -> None:
    with upload_hub(status) as hub:
        done = published(folder, hub, *LICENCE)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stderr
