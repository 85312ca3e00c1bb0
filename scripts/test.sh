#!/usr/bin/env bash
# Every check: format, lint, types, Python's tests, the dashboard's, the browser's. With arguments: those of pytest.
#
# The checks come in groups that LANES processes (2) work through, the longest first; a group speaks when it has ended, and
# what failed is said again at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A folder of tests that is not named here would be overlooked; a test sees to it that none is.
GROUPS_IN_ORDER=(
    browser style tests/recipes tests/jobs tests/engine dashboard tests/reliability tests/security tests/core tests/api
    tests/docker tests/cluster
    "tests/test_*.py"
)

check_style() {
    ruff format --check .
    ruff check .
    mypy
}

check_dashboard() {
    local fresh
    fresh="$(python -m backend.api.schema)"
    [ "$fresh" = "$(cat frontend/openapi.json)" ] || {
        echo "frontend/openapi.json is stale: python -m backend.api.schema > frontend/openapi.json && npm run types" >&2
        return 1
    }
    cd frontend
    npm run --silent check:types
    npm run --silent lint
    npm run --silent typecheck
    npm run --silent size
    npm test --silent
}

run_group() {
    case "$1" in
        style) check_style ;;
        dashboard) check_dashboard ;;
        browser) scripts/test_browser.sh ;;
        # shellcheck disable=SC2086 # a pattern of files
        *) pytest --durations=10 --durations-min=5 $1 ;;
    esac
}

# One group, its output kept until it ends; that of a failed one is shown again when all have ended.
if [ "${1:-}" = --group ]; then
    output="$OUTCOMES/${2//[\/*]/-}"
    code=0
    SECONDS=0
    "${BASH_SOURCE[0]}" --in-group "$2" >"$output" 2>&1 || code=$?
    ended=$([ "$code" = 0 ] && echo passed || echo FAILED)
    told="$(printf '\033[1m== %s: %s after %d s\033[0m' "$2" "$ended" "$SECONDS")"
    printf '\n%s\n' "$told"
    cat "$output"
    echo "$told" >>"$OUTCOMES/all"
    [ "$code" = 0 ] || mv "$output" "$output.failed"
    exit "$code"
elif [ "${1:-}" = --in-group ]; then
    run_group "$2"
    exit
fi

scripts/setup.sh --dev
export PATH="$PWD/.venv/bin:$PATH" HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false OMP_WAIT_POLICY=PASSIVE
if [ $# -gt 0 ]; then
    exec pytest "$@"
fi

# Two lanes whose matrices each take every core starve what else they started: a browser, a service, its runs.
LANES="${LANES:-2}"
OMP_NUM_THREADS=$((($(nproc) + LANES - 1) / LANES))
OUTCOMES="$(mktemp -d)"
export OMP_NUM_THREADS OUTCOMES
trap 'rm -rf "$OUTCOMES"' EXIT
code=0
printf '%s\n' "${GROUPS_IN_ORDER[@]}" | xargs -P "$LANES" -I{} "${BASH_SOURCE[0]}" --group {} || code=$?
for output in "$OUTCOMES"/*.failed; do
    [ -e "$output" ] || continue
    printf '\n\033[1m== Why %s failed\033[0m\n' "$(basename "$output" .failed)"
    tail -n 60 "$output"
done
printf '\n'
cat "$OUTCOMES/all"
exit "$code"
