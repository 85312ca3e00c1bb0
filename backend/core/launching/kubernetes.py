"""A TrainJob of Kubeflow Trainer 2 (https://www.kubeflow.org/docs/components/trainer): torchrun in a pod a node.

The runtime tells torchrun by PET_* variables how many pods there are, and where they meet.
"""

from __future__ import annotations

from typing import Any

from backend.core.launching.command import PLACES, WORK, name_of, shell
from backend.core.launching.yaml_file import yaml_file
from backend.core.params.launch import KubernetesLaunch

HEAD = f"""\
# kubectl create -f {{name}}.yaml; deleted and created again it continues. Pods see the volume as {WORK}: datasets that
# are not in the image are given as {WORK}/data/...
"""
SECRET = "# kubectl create secret generic {secret} --from-file=token=... holds the token that is named here.\n"


def render(params: KubernetesLaunch) -> str:
    """The manifest. Raises as `flags_of`."""
    name = name_of(params)
    content = {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "metadata": {"name": name},
        "spec": {
            "runtimeRef": {"name": params.runtime},
            "activeDeadlineSeconds": params.hours * 3600,
            "trainer": {
                "image": params.image,
                "numNodes": params.num_machines,
                "numProcPerNode": params.gpus_per_machine,
                "command": ["bash", "-euc"],
                "args": [shell(params, "torchrun")],
                "env": [*({"name": name, "value": place} for name, place in PLACES.items()), *_token(params)],
                "resourcesPerNode": {"limits": {"nvidia.com/gpu": params.gpus_per_machine}},
            },
            "runtimePatches": [{"manager": "qlora-fine-tuning-pipeline.io/launching", **_volumes(params)}],
        },
    }
    told = SECRET.format(secret=params.token_secret) if params.needs_token else ""
    return yaml_file(HEAD.format(name=name) + told, content)


def _token(params: KubernetesLaunch) -> list[dict[str, Any]]:
    reference = {"secretKeyRef": {"name": params.token_secret, "key": "token"}}
    return [{"name": "HF_TOKEN", "valueFrom": reference}] if params.needs_token else []


def _volumes(params: KubernetesLaunch) -> dict[str, Any]:
    """The folder that all share, and more shared memory than the 64 MB that a container has: NCCL needs it."""
    pod = {
        "volumes": [
            {"name": "work", "persistentVolumeClaim": {"claimName": params.volume_claim}},
            {"name": "memory", "emptyDir": {"medium": "Memory"}},
        ],
        "containers": [
            {
                "name": "node",
                "volumeMounts": [{"name": "work", "mountPath": WORK}, {"name": "memory", "mountPath": "/dev/shm"}],
            }
        ],
    }
    nodes = {"name": "node", "template": {"spec": {"template": {"spec": pod}}}}
    return {"trainingRuntimeSpec": {"template": {"spec": {"replicatedJobs": [nodes]}}}}
