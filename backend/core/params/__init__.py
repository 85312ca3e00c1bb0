"""One class per kind of work: the only place where a parameter's name, default, limits and help are written."""

from backend.core.params.adapter_import import ImportParams
from backend.core.params.base import Params, groups_of
from backend.core.params.download import DownloadParams
from backend.core.params.evaluation import EvaluationParams
from backend.core.params.export import ExportParams, PublishParams
from backend.core.params.generation import GenerationParams
from backend.core.params.inference import GenerateRequest, InferenceParams, Message
from backend.core.params.merge import MergeParams
from backend.core.params.preparation import PreparationParams
from backend.core.params.train import TrainParams

__all__ = [
    "DownloadParams", "EvaluationParams", "ExportParams", "GenerateRequest", "GenerationParams", "ImportParams",
    "InferenceParams", "MergeParams", "Message", "Params", "PreparationParams", "PublishParams", "TrainParams",
    "groups_of",
]  # fmt: skip
