#!/usr/bin/env bash
# train.py with the defaults of .env; further flags are passed on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/environment.sh
exec "$PYTHON" train.py "$@"
