"""The built dashboard under /ui/."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend.api import errors
from backend.api.dashboard import dashboard_router


def page(dist: Path) -> TestClient:
    app = FastAPI()
    errors.install(app)
    app.include_router(dashboard_router(dist))
    return TestClient(app)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<html>the page</html>")
    (tmp_path / "dist" / "assets" / "app-1a2b.js").write_text("run()")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "dist"


def test_the_page_answers_every_address_of_its_own(dist: Path) -> None:
    for path in ("/", "/ui", "/ui/", "/ui/jobs/abc", "/ui/train?preset=x"):
        answer = page(dist).get(path)
        assert "the page" in answer.text
        assert answer.headers["cache-control"] == "no-cache"


def test_files_with_a_hash_are_kept_for_ever_and_missing_ones_are_missing(dist: Path) -> None:
    answer = page(dist).get("/ui/assets/app-1a2b.js")
    assert "immutable" in answer.headers["cache-control"]
    assert "javascript" in answer.headers["content-type"]
    assert page(dist).get("/ui/assets/app-old.js").status_code == 404


@pytest.mark.parametrize(
    "path", ["/ui/../secret.txt", "/ui/%2e%2e/secret.txt", "/ui/..%2fsecret.txt", "/ui//etc/passwd"]
)
def test_nothing_outside_is_served(dist: Path, path: str) -> None:
    answer = page(dist).get(path)
    assert "secret" not in answer.text
    assert "root:" not in answer.text


def test_an_unbuilt_dashboard_says_how_to_build_it(tmp_path: Path) -> None:
    answer = page(tmp_path / "none").get("/ui/")
    assert answer.status_code == 503
    assert "npm run build" in answer.text
