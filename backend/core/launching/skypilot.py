"""A task for SkyPilot (https://docs.skypilot.co/en/latest/reference/yaml-spec.html): torchrun on rented machines."""

from __future__ import annotations

from typing import Any

from backend.core.launching.command import MEETING_PORT, OUTPUTS, PLACES, WORK, name_of, shell
from backend.core.launching.yaml_file import yaml_file
from backend.core.params.launch import SkyPilotLaunch

TORCHRUN = (
    "timeout --signal TERM --kill-after 120 {hours}h "
    'torchrun --nnodes "$SKYPILOT_NUM_NODES" --node_rank "$SKYPILOT_NODE_RANK" '
    '--nproc_per_node "$SKYPILOT_NUM_GPUS_PER_NODE" '
    f'--master_addr "$(echo "$SKYPILOT_NODE_IPS" | head -n 1)" --master_port {MEETING_PORT}'
)
HEAD = """\
# sky launch --cluster {name} {secret}{name}.yaml, from the project's folder; launched again it continues.
# Machines that are idle for half an hour are stopped.
"""


def render(params: SkyPilotLaunch) -> str:
    """The task. Raises as `flags_of`."""
    name = name_of(params)
    content: dict[str, Any] = {
        "name": name,
        "num_nodes": params.num_machines,
        "resources": {
            "accelerators": f"{params.accelerator}:{params.gpus_per_machine}",
            "autostop": {"idle_minutes": 30},
        },
        "workdir": ".",
    }
    if params.volume:
        content["volumes"] = {WORK: params.volume}
    content["envs"] = PLACES if params.volume else {OUTPUTS: "models"}
    if params.needs_token:
        content["secrets"] = {"HF_TOKEN": None}
    content |= {
        "setup": 'pip install --quiet -e ".[ml]"\n',
        "run": shell(params, TORCHRUN.format(hours=params.hours)),
    }
    secret = "--secret HF_TOKEN " if params.needs_token else ""
    return yaml_file(HEAD.format(name=name, secret=secret), content)
