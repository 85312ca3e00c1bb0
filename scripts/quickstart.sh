#!/usr/bin/env bash
# From a fresh clone to a tuned model: install, build, train, compare, serve. `--no-serve` stops after the table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

serve=yes
case "${1:-}" in
    "") ;;
    --no-serve) serve=no ;;
    *) echo "usage: scripts/quickstart.sh [--no-serve]" >&2; exit 2 ;;
esac

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }

# Idle threads that spin make several processes on few cores many times slower.
export OMP_WAIT_POLICY=PASSIVE

scripts/setup.sh
python=.venv/bin/python

say "The built-in base model: 2 million parameters that know physics as prose (about a minute, once) ..."
"$python" -m backend.engine.tiny

if [ -d models/physics ]; then
    say "The physics adapter is there already (models/physics): nothing to train."
else
    say "Training: it learns to answer questions, in 4 bit (about a minute) ..."
    resume=()
    # A run that was stopped half way continues from its last checkpoint.
    compgen -G "models/.partial-physics/checkpoints/checkpoint-*" >/dev/null && resume=(--resume)
    "$python" train.py --config config/train_tiny_physics.yaml ${resume[@]+"${resume[@]}"}
fi

say "Asking both models questions whose wording was never trained on ..."
for model in tiny physics; do
    "$python" run_inference.py --model_path "$model" --input_file data/physics_test_qa.json \
        --output_file "predictions/quickstart_$model.json" --temperature 0 --max_new_tokens 24 --batch_size 32 >&2
done
"$python" eval.py --predictions predictions/quickstart_physics.json --baseline predictions/quickstart_tiny.json \
    --mode reference

if [ "$serve" = yes ]; then
    say "The dashboard: http://127.0.0.1:${PORT:-8000}/ui/   (Ctrl-C stops it)"
    exec "$python" -m backend.main
fi
