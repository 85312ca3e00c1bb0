"""What is served to somebody who has not shown a credential. Everything else is refused, also what does not exist.

A new route needs no line here to be closed; one to be open.
"""

from __future__ import annotations

READING = frozenset({"GET", "HEAD"})
OPEN = {
    "/": READING,  # leads to the dashboard
    "/health": READING,  # the sign of life
    "/ui": READING,
    "/session": READING | {"POST", "DELETE"},  # where the token is given
}
"""Path to methods. Exact: no prefix opens a path that somebody adds later."""

DASHBOARD = "/ui/"
"""The page that asks for the token, with its scripts: files of the build, nothing of the user's."""


def is_open(method: str, path: str) -> bool:
    """Whether a request needs no credential."""
    return method in OPEN.get(path, ()) or (path.startswith(DASHBOARD) and method in READING)
