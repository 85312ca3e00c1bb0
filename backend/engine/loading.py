"""Base models, tokenizers and adapters, loaded with errors that say what to do.

Whatever is loaded is a folder by then, judged as a whole (`backend.core.models.folder`); its own Python is not run.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import warnings
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, PreTrainedModel
from transformers import logging as transformers_logging

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, MissingDependency
from backend.core.floors import MODELS, require_floors
from backend.core.models import hub_cache
from backend.core.models.folder import require_safe
from backend.core.params.groups import Quantisation
from backend.core.paths import normalise_path
from backend.core.runs.events import RunReporter
from backend.engine.device import Device
from backend.engine.memory import give_back
from backend.engine.processes.place import is_sharded
from backend.engine.tiny import ensure_tiny

logger = logging.getLogger(__name__)

TINY = "tiny"
FIELD = "base_model_name"


def quiet_libraries() -> None:
    """Keep the libraries' own progress bars and warnings out of a run's log, and old ones out of a run.

    Raises:
        TooOld: one of them has holes that a model could use.
    """
    require_floors(MODELS)
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    # Names that they rename, used by their own code.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    warnings.filterwarnings("ignore", category=FutureWarning, module="accelerate")


def tiny_folder(settings: Settings) -> Path:
    """Where the built-in base model is kept."""
    return settings.model_output_dir / "base" / TINY


def locate_base(
    name: str, settings: Settings, reporter: RunReporter | None = None, revision: str | None = None
) -> str:
    """The base model's folder: the built-in one (made on first use), one that is given, or a hub model's in the cache.

    Args:
        revision: of a hub model; fetched when it is not in the cache.

    Raises:
        BadModel: a path that is no model folder, or a model that is not here and cannot be fetched.
        Unreachable: the hub does not answer.
    """
    if name == TINY:
        if reporter:
            reporter.progress("making the built-in model")
        return str(ensure_tiny(tiny_folder(settings)))
    folder = normalise_path(name, Path.cwd())
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise BadModel(f"{name} holds no config.json, so it is no model folder.", "base_model_name")
        return str(folder)
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise BadModel(f"There is no folder {name}: check --base_model_name.", "base_model_name")
    from backend.engine import hub  # only for models of the hub: it takes a second to import

    def begins() -> None:
        logger.info("Downloading %s, once.", name)
        if reporter:
            reporter.progress("downloading the base model")

    return str(hub.find_or_fetch(name, revision, settings, begins))


def load_tokenizer(location: str) -> Any:
    """The model's tokenizer, with a padding token.

    Raises:
        BadModel: none can be loaded from there, or the folder is not one to open.
    """
    require_safe(Path(location), FIELD)
    with _explained(location):
        tokenizer = AutoTokenizer.from_pretrained(location, local_files_only=True, trust_remote_code=False)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_base(location: str, quantisation: Quantisation, device: Device) -> PreTrainedModel:
    """The base model, quantised as asked, on the device, in evaluation mode.

    One that is to be shared out among processes is loaded into the host's memory: a device may have no room.

    Raises:
        BadModel: no model can be loaded from there, or the folder is not one to open.
        MissingDependency: bitsandbytes is needed and cannot be used.
    """
    config = quantisation_config(quantisation, device)
    require_safe(Path(location), FIELD)
    with _explained(location):
        model = AutoModelForCausalLM.from_pretrained(
            location,
            dtype=device.dtype,
            quantization_config=config,
            device_map={"": "cpu" if is_sharded() else device.place},
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    keep_weights_unpacked(model)
    if config is not None and device.kind == "cpu":
        own_weights(model)
    give_back()
    if (name := hub_cache.hub_id_of(Path(location))) is not None:
        # PEFT writes it into the adapter: a name that means the same on another machine, not a folder of this one.
        model.name_or_path = model.config._name_or_path = name
    return model.eval()


def quantisation_config(quantisation: Quantisation, device: Device) -> BitsAndBytesConfig | None:
    """What bitsandbytes is told; None for an unquantised base. Raises MissingDependency."""
    if not (quantisation.load_in_4bit or quantisation.load_in_8bit):
        return None
    bits = 4 if quantisation.load_in_4bit else 8
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingDependency(
            f"{bits}-bit loading needs bitsandbytes, which is not installed: pip install bitsandbytes, "
            f"or pass --load_in_{bits}bit false."
        )
    if device.kind == "mps":
        raise MissingDependency(
            f"bitsandbytes has no {bits}-bit kernels for Apple GPUs: pass --load_in_{bits}bit false, or --device cpu."
        )
    if quantisation.load_in_8bit:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=quantisation.bnb_4bit_quant_type,
        bnb_4bit_use_double_quant=quantisation.bnb_4bit_use_double_quant,
        bnb_4bit_quant_storage=quantisation.bnb_4bit_quant_storage,
        bnb_4bit_compute_dtype=device.dtype,
    )


def keep_weights_unpacked(model: torch.nn.Module) -> None:
    """Forbid bitsandbytes (0.49 to 0.50.2) to repack 4-bit weights in an evaluation on CPUs with AVX512-BF16.

    Repacked weights are never unpacked again: training afterwards raises or computes wrong gradients (a norm of
    0.00026 instead of 0.00151 measured), and merging gives garbage.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def own_weights(model: torch.nn.Module) -> None:
    """Copy what quantising has left as it was in the file, which stays in memory as a whole for its sake.

    Of a base of 20 million parameters 41 MB were mapped for 6 MB of embedding and norms.
    """
    for weight in model.parameters():
        if type(weight) is torch.nn.Parameter:
            weight.data = weight.data.clone()


def unpacked_where_it_pays(model: Any, wish: Literal["auto", "yes", "no"], device: Device) -> Any:
    """The model, its 4-bit weights unpacked once if asked, or if that makes answers sooner and fits.

    bitsandbytes unpacks a weight at every use: on a CPU that makes a step 1.5 times as long with one row, and 1.15
    times with 32. A GPU has kernels that compute with the packed weights.
    """
    if wish == "no" or not getattr(model, "is_loaded_in_4bit", False):
        return model
    needed = sum(weight.numel() for weight in model.parameters()) * 2 * device.dtype.itemsize
    if wish == "auto" and (device.kind != "cpu" or needed > (device.free_bytes() or 0) // 2):
        return model
    return model.dequantize().eval()


def base_of_adapter(folder: Path) -> str | None:
    """The base model an adapter was made for, as its config says; None if the folder is no adapter."""
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    base = config.get("base_model_name_or_path") if isinstance(config, dict) else None
    return str(base) if base else None


class _explained:
    """Turns what transformers raises for a missing or foreign model into an error for people."""

    def __init__(self, location: str) -> None:
        self.location = location

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError | ValueError | KeyError):
            first = next((line for line in str(error).splitlines() if line.strip()), kind.__name__ if kind else "")
            raise BadModel(
                f"The base model {self.location!r} cannot be loaded ({first.strip()}). Give `tiny`, a model folder, "
                "or the id of a Hugging Face model that is cached here or reachable over the network.",
                "base_model_name",
            ) from error
