"""When to stop altogether: going on would only cost, and the run can be resumed."""

from __future__ import annotations

from backend.core.llm.asking import ErrorClass, Reply

FAILURES_IN_A_ROW = 20
WEB_PAGES_IN_A_ROW = 3

NO_FAULT_OF_THE_SERVICE: frozenset[ErrorClass | None] = frozenset({"refusal", "content_filter", "too_long"})
"""Failures that say something about the question, however many there are in a row."""


class Breaker:
    """Counts what speaks against going on.

    Args:
        max_wait: seconds without one success.
        now: when the run begins.
    """

    def __init__(self, max_wait: float, now: float) -> None:
        self.max_wait = max_wait
        self._last_success = now
        self._failures = 0
        self._pages = 0
        self._last = ""
        self._troubled = False

    def succeeded(self, now: float) -> None:
        """An answer that is one."""
        self._last_success, self._pages, self._troubled = now, 0, False

    def finished(self, reply: Reply) -> None:
        """A question is done with, well or badly."""
        if reply.status == "ok":
            self._failures = 0
        elif reply.error_class not in NO_FAULT_OF_THE_SERVICE:
            self._failures += 1
            self._last = f"{reply.error_class}: {reply.detail}"

    def web_page(self) -> None:
        """A page for people came in place of an answer."""
        self._pages += 1

    def told(self, detail: str) -> None:
        """What went wrong last."""
        self._last, self._troubled = detail, True

    def verdict(self, now: float) -> str | None:
        """Why to stop, in a sentence; None = go on."""
        if self._failures >= FAILURES_IN_A_ROW:
            return f"{self._failures} questions in a row failed for good (last: {self._last})."
        if self._pages >= WEB_PAGES_IN_A_ROW:
            return (
                "The address answers with web pages in place of JSON: check openai_api_base (it usually ends in /v1)."
            )
        # A server that is only slow is let be: it has not failed yet.
        if self._troubled and now - self._last_success >= self.max_wait:
            return f"No answer succeeded for {self.max_wait:g} seconds (last: {self._last})."
        return None
