"""docs/ray.md names every setting of the cluster, and starts one as the campaign does."""

from __future__ import annotations

import re

from backend.core.environment.settings import ClusterSettings
from backend.core.paths import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "ray.md").read_text(encoding="utf-8")
KIT = (PROJECT_ROOT / "tests" / "cluster" / "ray_cluster.py").read_text(encoding="utf-8")


def test_the_page_names_the_settings_that_there_are() -> None:
    named = set(re.findall(r"`((?:EXECUTOR|RAY_[A-Z_]+))`", PAGE.partition("| setting |")[2].partition("\n\n")[0]))
    assert named == {name.upper() for name in ClusterSettings.model_fields}


def test_the_cluster_is_started_as_in_the_campaign() -> None:
    options = set(re.findall(r"--[a-z-]+", "\n".join(line for line in PAGE.splitlines() if "ray start " in line)))
    assert len(options) > 6
    assert {option for option in options if option not in KIT} == set()
