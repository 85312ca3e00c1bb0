"""A service of its own to measure: real worker, the model `tiny`, a few adapters of random weights."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from backend.core.environment.settings import load_settings
from backend.core.paths import PROJECT_ROOT
from backend.core.registry import Adapter, AdapterRegistry

START_SECONDS = 30.0


@dataclass(frozen=True)
class RealService:
    """The running service."""

    process: psutil.Process
    url: str
    models: list[str]
    """Names that answer: the base, then the adapters"""

    @property
    def worker(self) -> psutil.Process | None:
        """The process that answers, once there is one."""
        return next((child for child in self.process.children() if "--serve" in child.cmdline()), None)


@contextmanager
def real_service(folder: Path, adapters: int) -> Iterator[RealService]:
    """Start it in a folder of its own, and end it.

    Args:
        folder: empty; takes models, state and registry.
        adapters: how many.
    """
    names = prepare(folder, adapters)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        **os.environ,
        "HOST": "127.0.0.1", "PORT": str(port), "BASE_MODEL_NAME": "tiny", "HF_HUB_OFFLINE": "1", "API_TOKEN": "",
        "STATE_DIR": str(folder / "state"), "MODEL_OUTPUT_DIR": str(folder / "models"),
        "DATA_DIR": str(folder / "data"), "ADAPTER_CONFIG_PATH": str(folder / "adapters.json"),
    }  # fmt: skip
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend.main"], cwd=PROJECT_ROOT, env=environ, stderr=log, stdout=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process, folder / "service.log")
        yield RealService(psutil.Process(process.pid), url, ["tiny", *names])
    finally:
        process.terminate()
        process.wait()


def prepare(folder: Path, adapters: int) -> list[str]:
    """Put base, adapters and registry into the folder; returns the adapters' names."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from backend.engine.tiny import ensure_tiny

    tiny = ensure_tiny(load_settings().model_output_dir / "base" / "tiny")
    base = folder / "models" / "base" / "tiny"
    shutil.copytree(tiny, base)
    (folder / "data").mkdir()
    names = [f"adapter{number}" for number in range(adapters)]
    for seed, name in enumerate(names):
        torch.manual_seed(seed)
        config = LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
        for key, weight in model.named_parameters():
            if "lora_B" in key:
                torch.nn.init.normal_(weight, std=0.01)
        path = folder / "models" / name
        model.save_pretrained(str(path))
        AdapterRegistry(folder / "adapters.json").add(Adapter(name=name, path=str(path), base_model="tiny"))
    return names


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/health", trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise SystemExit(f"the service did not start:\n{log.read_text()}")
