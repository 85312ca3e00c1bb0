#!/usr/bin/env bash
# dataset_generator.py: scripts/run_dataset_generator.sh TOPIC COUNT TYPE [flags], e.g. "physics" 50 instruction
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/environment.sh
given=()
for flag in --topic --num_examples --format_type; do
    if [ $# -gt 0 ] && [[ "$1" != --* ]]; then
        given+=("$flag=$1")
        shift
    fi
done
exec "$PYTHON" dataset_generator.py "${given[@]}" "$@"
