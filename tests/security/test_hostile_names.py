"""S1: no name or path that is sent leads out of the folders, breaks an answer, or tells what lies elsewhere.

Every text of the API's schema takes them, those of addresses and queries too.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.paths import PROJECT_ROOT
from backend.jobs.answering.worker import InferenceWorker
from backend.jobs.kinds import JOB_KINDS
from tests.campaign import number, tell
from tests.fake_child import FakeChild
from tests.security.file_watch import FileWatch
from tests.security.hostile_names import PLAIN, Pair, mixed, plant
from tests.security.places import BODIES, Place, places_of
from tests.service_kit import app_in
from tests.serving_kit import STUB_WORKER, add_adapter

SHIPPED = ("backend", "config/rubrics", "config/prices.yaml", "prompts", "frontend/dist", "tests")
MACHINE = ("/proc", "/sys", "/usr/share/zoneinfo", "/etc/localtime", "/etc/mime.types")
"""What a service may read beside its folders: the program, and what the machine tells of itself."""
CHANGING = ("id", "created", "job_id", "request_id", "timing", "now", "free_bytes", "available_bytes", "modified_at")
STOLEN = ("stolen-goods", "root:x:", "PIPELINE_ENV_FILE=")


@pytest.fixture
def folder(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service's folders with a little in them."""
    folder = in_memory / "service"
    folder.mkdir()
    monkeypatch.setenv("PIPELINE_ENV_FILE", str(folder / ".env"))
    monkeypatch.setattr("backend.jobs.execution.local.Child", FakeChild)  # what would start, starts nothing
    (folder / "data").mkdir()
    (folder / "data" / "rows.json").write_text(json.dumps([{"input": "a", "output": "b"}] * 4))
    for name in ("own", "other"):
        add_adapter(folder, name)
    return folder


@pytest.fixture
def pairs(folder: Path) -> list[Pair]:
    return plant(folder, folder.parent / "outside")


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    places = {f"{name}_dir": folder / name for name in ("evaluation", "predictions")}
    app = app_in(folder, JOB_KINDS, model_cache_dir=folder / "cache", **places)
    (folder / "state").mkdir()
    app.state.service.worker = InferenceWorker(folder / "state" / "worker.log", 60.0, {}, STUB_WORKER)
    with TestClient(
        app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield client


@pytest.fixture
def watch(folder: Path) -> FileWatch:
    libraries = {sys.prefix, sys.base_prefix, *filter(None, sys.path)} - {str(PROJECT_ROOT)}
    shipped = [PROJECT_ROOT / name for name in SHIPPED]
    return FileWatch([folder], [folder, *shipped, *map(Path, (*libraries, *MACHINE))])


def places(client: TestClient) -> list[Place]:
    app: Any = client.app
    return places_of(app.openapi())


def ask(client: TestClient, folder: Path, place: Place, text: str) -> Any:
    """The answer, which is a whole one; settings that were taken are taken back."""
    answer = place.send(client, text)
    told = f"{place} {text[:200]!r}: {answer.status_code} {answer.text[:500]}"
    assert answer.status_code < 500 or "dashboard_not_built" in answer.text, told
    assert not any(stolen in answer.text for stolen in STOLEN), told
    if place.path == "/settings":
        for left in folder.glob(".env*"):
            left.unlink()
    return answer


def state_of(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((str(path), path.lstat().st_mtime_ns, path.lstat().st_size) for path in folder.rglob("*"))


def test_the_places_are_those_of_the_schema(client: TestClient) -> None:
    found = {str(place) for place in places(client)}
    assert {
        "POST /train body:.dataset_path", "POST /train body:.column_mapping{key}", "GET /v1/models/{model} path:model",
        "POST /merge body:.adapters[]", "DELETE /adapters/{name} path:name", "POST /datasets query:name",
        "POST /generate body:.messages[].content", "PUT /settings body:key", "GET /evaluations/compare query:a",
    } <= found  # fmt: skip
    with_body = {place.path for place in places(client) if place.where == "body"}
    assert with_body == set(BODIES)


def test_nothing_outside_is_touched(folder: Path, pairs: list[Pair], client: TestClient, watch: FileWatch) -> None:
    chosen = random.Random(1)
    names = [*PLAIN, *itertools.chain.from_iterable(pairs)]
    everywhere, most = places(client), number(700, 6000)
    asked = [(place, chosen.choice(names)) for place in everywhere]  # every place, and every name
    asked += [(chosen.choice(everywhere), name) for name in names]
    while len(asked) < most:
        asked.append((chosen.choice(everywhere), chosen.choice((mixed(chosen, names), chosen.choice(names)))))
    before = state_of(folder.parent / "outside")
    trespasses = []
    with watch.looking():
        for place, text in asked:
            seen = len(watch.seen)
            ask(client, folder, place, text)
            trespasses += [(str(place), text, event) for event in watch.seen[seen:]]
    assert trespasses == []
    assert state_of(folder.parent / "outside") == before
    assert watch.events > len(asked) / 2  # it has looked
    tell("S1", asked=len(asked), places=len(everywhere), names=len(names), errors_5xx=0, trespasses=0)


def test_no_answer_tells_what_lies_elsewhere(folder: Path, pairs: list[Pair], client: TestClient) -> None:
    chosen = random.Random(2)
    every = list(itertools.product(places(client), pairs))
    asked = chosen.sample(every, min(number(150, 2000), len(every)))
    seconds: list[float] = []
    differing = []
    for place, pair in asked:
        told = []
        for text in pair:
            began = time.perf_counter()
            answer = ask(client, folder, place, text)
            seconds.append(time.perf_counter() - began)
            told.append((answer.status_code, comparable(answer, text)))
        if told[0] != told[1]:
            differing.append((str(place), pair, told))
    assert differing == []
    difference = median(there - absent for there, absent in zip(seconds[::2], seconds[1::2], strict=True))
    tell("S1", pairs=len(asked), answers_that_differ=0, median_difference_ms=round(difference * 1000, 2))


def comparable(answer: Any, text: str) -> Any:
    """What an answer tells, without what was asked and what no two answers share."""
    content = answer.text
    escaped = json.dumps(text)[1:-1]  # once by the service, twice where the stub worker repeats it
    for shown in (json.dumps(escaped)[1:-1], escaped, json.dumps(repr(text))[2:-2], text):
        content = content.replace(shown, "TEXT") if shown else content
    content = re.sub(r"made-\d+|new\d+", "NEW", content)
    content = re.sub(r'"last4":"[^"]*"', '"last4":"LAST"', content)  # of a name that was sent as a key
    content = re.sub(r'seed\\?": \d+', "SEED", content)  # which the stub worker repeats
    try:
        return _without_changing(json.loads(content))
    except ValueError:
        return content


def _without_changing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_changing(inner) for key, inner in value.items() if key not in CHANGING}
    return [_without_changing(inner) for inner in value] if isinstance(value, list) else value


ADDRESSES = (
    "/jobs/%00/status", "/jobs/..%2f..%2fetc%2fpasswd/status", f"/jobs/{'x' * 3000}/status", "/jobs?limit=0",
    "/jobs/x/tick?row=1e9", f"/jobs/x/tick?row={'9' * 400}", "/jobs/x/logs?cursor=NaN", "/jobs?kind=%00",
    "/datasets/%00/preview", "/datasets/%ff%fe/preview", "/datasets/..%2f/preview", "/datasets/x%0d%0ay/preview",
    "/ui/%00", "/ui/%ff", "/ui/assets/%00", f"/ui/{'x' * 5000}", f"/ui/{'a/' * 2000}", "/%00", "//", "/adapters/%00",
    "/v1/models/%00", "/v1/models/..%2f..%2fetc", "/v1/models/%ff", f"/v1/models/{'x' * 5000}", "/v1/models//",
)  # fmt: skip


def test_no_address_breaks_an_answer(client: TestClient) -> None:
    for address in ADDRESSES:
        for method in ("GET", "DELETE", "POST"):
            answer = client.request(method, address)
            assert answer.status_code < 500 or "dashboard_not_built" in answer.text, (method, address, answer.text)


def test_a_trespass_is_seen(folder: Path, pairs: list[Pair], watch: FileWatch) -> None:
    with watch.looking():
        (folder / "data" / "rows.json").read_text()
        assert watch.seen == []
        (folder / "data" / "to-there.json").read_text()
        (folder.parent / "new").mkdir()
        (folder / "data" / "rows.json").rename(folder.parent / "rows.json")
        assert [event.split()[0] for event in watch.seen] == ["open", "os.mkdir", "os.rename"]
    (folder.parent / "unseen").touch()
    assert len(watch.seen) == 3
    assert pairs
