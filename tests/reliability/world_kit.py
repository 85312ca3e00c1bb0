"""Training runs of several processes, each forked as in `training_kit`, which meet as those of `torchrun` do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.reliability.training_kit import Blow, Ended, Runs, _context, _train

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir"})


class RunsTogether(Runs):
    """Starts `train.py` in several processes at once."""

    def start_all(self, name: str, given: Mapping[str, Any], blows: Mapping[int, Blow] | None = None) -> list[Ended]:
        """One start of a run of two processes, to the end or the death of both; the blows by their numbers."""
        from torch.distributed import TCPStore

        size = 2
        store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
        params = {**self.common, **given, "adapter_name": name}
        children = []
        for rank in range(size):
            place = {
                "RANK": rank, "WORLD_SIZE": size, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": size,
                "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": store.port, "TORCHELASTIC_USE_AGENT_STORE": True,
                "PIPELINE_JOB_DIR": self._job(name),
            }  # fmt: skip
            given_to_it = (str(self.folder), params, (blows or {}).get(rank), str(self._log(name, rank)))
            child = _context().Process(
                target=_train_at, args=({key: str(value) for key, value in place.items()}, given_to_it)
            )
            child.start()
            children.append(child)
        for child in children:
            child.join()
        return [
            Ended(child.exitcode or 0, self._log(name, rank).read_text(encoding="utf-8"))
            for rank, child in enumerate(children)
        ]

    def resume_all(self, name: str, given: Mapping[str, Any]) -> list[Ended]:
        """Start it again, to go on."""
        return self.start_all(name, {**given, "resume": True})

    def written_by(self, name: str, rank: int) -> set[str]:
        """Names of what a process has changed of the run's folder or the registry in its last start."""
        return set(json.loads(Path(f"{self._log(name, rank)}.written").read_text()))

    def told_to_the_service(self, name: str) -> dict[str, str]:
        """The files of the job's folder."""
        return {path.name: path.read_text() for path in self._job(name).iterdir()}

    def _job(self, name: str) -> Path:
        folder = self.logs / f"{name}.job"
        folder.mkdir(exist_ok=True)
        return folder

    def _log(self, name: str, rank: int) -> Path:
        return self.logs / f"{name}.{rank}.log"


def _train_at(place: dict[str, str], given: tuple[str, dict[str, Any], Blow | None, str]) -> None:
    """The body of a child: its place in the world, and whatever it writes."""
    os.environ.update(place)
    folder, params, _, log = given
    ours, written = (f"{folder}/.partial-", f"{folder}/adapters", f"{folder}/{params['adapter_name']}"), set[str]()

    def on_event(event: str, args: tuple[Any, ...]) -> None:
        writes = event in CHANGES or (event == "open" and isinstance(args[2], int) and args[2] & WRITES)
        if writes and str(args[0]).startswith(ours):
            written.add(Path(str(args[0])).name)
            Path(f"{log}.written").write_text(json.dumps(sorted(written)))

    Path(f"{log}.written").write_text("[]")
    sys.addaudithook(on_event)
    _train(*given)
