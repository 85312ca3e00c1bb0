"""Ask the index of known holes about everything that is installed here.

    python scripts/audit_dependencies.py

Exit codes: 0 none known · 1 some are, listed · 3 the index did not answer, so nobody knows.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import Any

NONE, SOME, UNKNOWN = 0, 1, 3
SECONDS = 300


def main() -> int:
    """Print what is known and return the exit code."""
    if importlib.util.find_spec("pip_audit") is None:
        print("pip-audit is not installed: `pip install pip-audit`. Nothing was asked.")
        return UNKNOWN
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--timeout", "20"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        print("The index of known holes did not answer: nobody knows whether there are any.")
        return UNKNOWN
    asked = [package for package in found if "skip_reason" not in package]
    if not asked:
        print(f"The index knows nothing of any of the {len(found)} packages: nobody knows whether they have holes.")
        return UNKNOWN
    holes = [(package["name"], package["version"], hole) for package in asked for hole in package["vulns"]]
    for name, version, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{name} {version}: {hole['id']} (mended in {mended})")
    print(f"{len(asked)} packages asked about, {len(found) - len(asked)} not on the index, {len(holes)} known holes.")
    return SOME if holes else NONE


if __name__ == "__main__":
    sys.exit(main())
