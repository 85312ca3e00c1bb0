"""The file that a cluster's launcher takes, from a run's parameters: `python -m backend.core.launching slurm ...`.

command      train.py as torchrun starts it, in shell
slurm        a batch script
kubernetes   a TrainJob of Kubeflow Trainer 2
skypilot     a task

What they start is `train.py` under torchrun, as anybody could start it by hand. No file holds a secret: a token is
named by where the cluster keeps it.
"""
