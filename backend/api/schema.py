"""The API as OpenAPI, for the dashboard's generated types: `python -m backend.api.schema > frontend/openapi.json`."""

from __future__ import annotations

import json
import sys

from backend.main import create_app


def openapi_text() -> str:
    """Sorted and indented, so that a change of the API is a readable difference."""
    return json.dumps(create_app().openapi(), indent=2, sort_keys=True, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(openapi_text() + "\n")
