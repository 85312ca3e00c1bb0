"""A cancel at any moment: before the start, during it, at the end, twice."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from fastapi.testclient import TestClient

from backend.core.errors import Conflict
from tests.service_kit import app_in, processes_of, submit, until, until_ended

ROUNDS = 12


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_cancel_at_a_random_moment_never_yields_a_wrong_end(tmp_path: Path, seed: int) -> None:
    moment = Random(seed).random() * 0.5
    app = app_in(tmp_path)
    runner = app.state.service.runner
    with TestClient(app) as client:
        job_id = submit(client, "a", path="/side")
        with pytest.raises(AssertionError, match="did not come true"):
            until(lambda: False, moment)
        with suppress(Conflict):  # it had ended, or did between the two
            runner.cancel(job_id)
            runner.cancel(job_id)
        job = until_ended(client, job_id)
        assert (job["status"], job["reason"]) in {("succeeded", None), ("cancelled", "user_cancel")}
        assert processes_of(job_id) == []
        assert runner._runs == {}
        next_id = submit(client, "b", path="/side")
        assert until_ended(client, next_id)["status"] == "succeeded"
