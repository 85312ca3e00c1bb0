#!/usr/bin/env bash
# merge_multiple_loras.py: scripts/run_merge_lora.sh --adapters a:0.7 b:0.3 --output_dir models/ab [flags]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/environment.sh
exec "$PYTHON" merge_multiple_loras.py "$@"
