"""Asking a language model over HTTP: every answer paid for is kept, none is made up, nothing is asked twice."""

from backend.core.llm.asking import Ask, ErrorClass, Reply, Rung, Usage, key_of
from backend.core.llm.kit import Source
from backend.core.llm.session import LLMSession
from backend.core.llm.stops import BudgetStopped, Cancelled, NoRoom, ServiceStopped
from backend.core.llm.totals import Totals

__all__ = [
    "Ask", "BudgetStopped", "Cancelled", "ErrorClass", "LLMSession", "NoRoom", "Reply", "Rung", "ServiceStopped",
    "Source", "Totals", "Usage", "key_of",
]  # fmt: skip
