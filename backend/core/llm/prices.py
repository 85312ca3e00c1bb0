"""What tokens cost, from a file that people edit; what is not in it is unknown, never free."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.core.errors import InvalidInput
from backend.core.llm.asking import Usage
from backend.core.params.llm import LLMParams
from backend.core.paths import shown

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class Price(BaseModel):
    """Currency units per million tokens; `cached_input` is the input that the server had cached."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    input: float = Field(ge=0)
    cached_input: float | None = Field(None, ge=0)
    output: float = Field(ge=0)

    def of(self, usage: Usage) -> float:
        """What these tokens cost."""
        cached = self.input if self.cached_input is None else self.cached_input
        fresh = max(0, usage.prompt - usage.cached)
        return (fresh * self.input + usage.cached * cached + usage.completion * self.output) / 1e6


class Prices(BaseModel):
    """The price file.

    Args:
        as_of: the day the prices were looked up, as the file says it.
        models: price by model name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    as_of: str = ""
    currency: str = "USD"
    models: dict[str, Price] = {}

    def of(self, model: str) -> Price | None:
        """The price of a model; a dated name (`gpt-4o-2024-08-06`) falls back on the plain one. None = unknown."""
        return self.models.get(model) or self.models.get(_DATED.sub("", model))


def price_for(prices: Prices, model: str, params: LLMParams, mock: bool) -> Price | None:
    """The price of a model; None = unknown. Raises InvalidInput when a limit of cost cannot be kept without it."""
    price = prices.of(model)
    if price is None and params.max_cost is not None and not mock:
        raise InvalidInput(
            f"max_cost needs a price, and {model!r} is not in {params.prices_file}: add it there, or limit the run "
            "with max_calls.",
            "max_cost",
        )
    return price


def read_prices(path: Path) -> Prices:
    """The prices in a YAML file.

    Raises:
        InvalidInput: no such file, not YAML, or a price that is no number.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if isinstance(content, dict) and "as_of" in content:
            content["as_of"] = str(content["as_of"])  # YAML reads a bare date as a date
        return Prices.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The prices file {shown(path)} cannot be read ({error}).", "prices_file") from None
    except yaml.YAMLError as error:
        told = " ".join(str(error).split())
        raise InvalidInput(f"The prices file {shown(path)} is not YAML ({told}).", "prices_file") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"The prices file {shown(path)}: {where}: {first['msg']}.", "prices_file") from None
