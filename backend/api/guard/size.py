"""How large an address, the headers and a declared body may be, and which shapes of an address there are."""

from __future__ import annotations

from fastapi import Request

from backend.api.errors import Refusal

ADDRESS_BYTES = 8 * 1024
HEADER_BYTES = 16 * 1024
"""All headers together. A browser's are under 2 KiB with our cookie."""
BODY_BYTES = 16 * 2**20
RAW_BODIES = frozenset({"/datasets", "/documents", "/adapters/import"})
"""Routes that take a file as the body and count its bytes themselves."""


def check_size(request: Request) -> None:
    """Raises Refusal 414, 431, 400 or 413."""
    scope = request.scope
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > ADDRESS_BYTES:
        raise Refusal(414, "address_too_long", f"The address is longer than {ADDRESS_BYTES // 1024} KiB.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
        raise Refusal(431, "headers_too_large", f"The headers are larger than {HEADER_BYTES // 1024} KiB.")
    if not scope["path"].startswith("/"):  # `http://elsewhere/` is for proxies, which we are not
        raise Refusal(400, "malformed_request", "An address begins with a slash.")
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise Refusal(400, "malformed_request", "Content-Length is not a number.")
    if int(declared[:20]) > BODY_BYTES and scope["path"] not in RAW_BODIES:
        raise too_large()


def too_large() -> Refusal:
    """What a body above the limit is answered."""
    return Refusal(413, "too_large", f"The body is larger than {BODY_BYTES // 2**20} MiB.")
