"""Under which names the service may be addressed: against DNS rebinding.

Comparing Origin with Host is no help, as rebinding makes them equal; a list of allowed names is.
"""

from __future__ import annotations

from fastapi import Request

from backend.api.errors import Refusal
from backend.core.environment.settings import Settings


def check_host(request: Request, settings: Settings) -> None:
    """The Host must be an allowed name, or the very address the connection arrived at.

    Rebinding needs a name that the attacker controls; an address is the server's own.
    """
    hosts = request.headers.getlist("host")
    name = host_name(hosts[0]) if len(hosts) == 1 else ""
    server = request.scope.get("server")
    own = str(server[0]).lower() if server else ""
    own = f"[{own}]" if ":" in own else own
    if not name or (name != own and name not in {allowed.lower() for allowed in settings.allowed_hosts}):
        raise Refusal(
            403, "host_not_allowed", "The service is not to be addressed by this name; ALLOWED_HOSTS lists the others."
        )


def host_name(host: str) -> str:
    """A Host header without its port, in lower case; nothing when it is malformed."""
    host = host.lower()
    if host.startswith("["):
        name, bracket, port = host.partition("]")
        name, port = name + bracket, port.removeprefix(":") if port.startswith(":") else port and "x"
    else:
        name, _, port = host.partition(":")
    return name if port == "" or (port.isascii() and port.isdigit()) else ""
