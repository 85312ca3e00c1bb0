#!/usr/bin/env bash
# Every check, in the order in which they fail fastest: format, lint, types, tests, dashboard, browser.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

scripts/setup.sh --dev
export PATH="$PWD/.venv/bin:$PATH" HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false OMP_WAIT_POLICY=PASSIVE

say "format, lint, types"
ruff format --check .
ruff check .
mypy

say "dashboard: types from the API are fresh"
fresh="$(mktemp)"
trap 'rm -f "$fresh"' EXIT
python -m backend.api.schema >"$fresh"
cmp "$fresh" frontend/openapi.json || {
    echo "frontend/openapi.json is stale: python -m backend.api.schema > frontend/openapi.json && npm run types" >&2
    exit 1
}
(cd frontend && npm run --silent check:types && npm run --silent lint && npm run --silent typecheck && npm run --silent size)

# Two lanes for two cores: Python's tests, and beside them the dashboard's and the browser's, told when both are done.
say "tests"
beside="$(mktemp)"
set -m
{ (cd frontend && npm test --silent) && scripts/test_browser.sh; } >"$beside" 2>&1 </dev/null &
lane=$!
set +m
trap 'kill -- -"$lane" 2>/dev/null; rm -f "$fresh" "$beside"' EXIT
failed=0
pytest "$@" || failed=$?

say "dashboard and browser tests"
wait "$lane" || failed=$?
cat "$beside"
exit "$failed"
