#!/usr/bin/env bash
# run_inference.py: scripts/run_inference.sh ["prompt"] [flags]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/environment.sh
if [ $# -gt 0 ] && [[ "$1" != -* ]]; then
    prompt="$1"
    shift
    exec "$PYTHON" run_inference.py --prompt "$prompt" "$@"
fi
exec "$PYTHON" run_inference.py "$@"
