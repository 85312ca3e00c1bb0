"""A batch script for Slurm (https://slurm.schedmd.com/sbatch.html): one torchrun on each node, which meet by c10d."""

from __future__ import annotations

from backend.core.launching.command import MEETING_PORT, OUTPUTS, name_of, shell
from backend.core.params.launch import SlurmLaunch

WARNING_SECONDS = 120
"""Before the time is up TERM comes: time for a step and a checkpoint."""
TORCHRUN = (
    "srun torchrun --nnodes {nodes} --nproc_per_node {gpus} --rdzv_backend c10d "
    '--rdzv_id "$SLURM_JOB_ID" --rdzv_endpoint "$first:{port}"'
)
SCRIPT = """\
#!/bin/bash
# {name}: sbatch {name}.sbatch, from the project's folder, which all nodes must see. Sent again it continues.
{directives}
set -euo pipefail
cd "$SLURM_SUBMIT_DIR"
export {outputs}="${{{outputs}:-models}}"
{token}first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
{command}"""
TOKEN = """\
# Nothing secret stands here: sbatch hands your environment on, or the file is read that `hf auth login` has written.
export HF_TOKEN="${HF_TOKEN:-$(cat "${HF_HOME:-$HOME/.cache/huggingface}/token")}"
"""


def render(params: SlurmLaunch) -> str:
    """The script. Raises as `flags_of`."""
    name = name_of(params)
    options = {
        "job-name": name,
        "nodes": params.num_machines,
        "ntasks-per-node": 1,
        "gpus-per-node": params.gpus_per_machine,
        "time": f"{params.hours}:00:00",
        "partition": params.partition,
        "account": params.account,
        # To the processes, not to this shell alone; a node that fails has the job begin anew, and so continue.
        "signal": f"TERM@{WARNING_SECONDS}",
        "requeue": True,
        "open-mode": "append",
        "output": f"{name}-%j.log",
    }
    directives = [
        f"#SBATCH --{option}" + ("" if value is True else f"={value}") for option, value in options.items() if value
    ]
    torchrun = TORCHRUN.format(nodes=params.num_machines, gpus=params.gpus_per_machine, port=MEETING_PORT)
    return SCRIPT.format(
        name=name,
        directives="\n".join(directives),
        outputs=OUTPUTS,
        token=TOKEN if params.needs_token else "",
        command=shell(params, torchrun),
    )
