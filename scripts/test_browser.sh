#!/usr/bin/env bash
# The built dashboard, served by the real service, walked through by a real browser with a real training run.
# With arguments: those of Playwright. `CAMPAIGN=1 scripts/test_browser.sh attacks` and `payloads` attack it at length.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.venv/bin:$PATH" HF_HUB_OFFLINE=1

has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# A browser that is there, else Playwright's download, else (as root on Debian) the distribution's package.
if ! has_browser >/dev/null && ! (cd frontend && npx playwright install chromium >/dev/null 2>&1); then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
    else
        echo "error: the browser tests need Chromium: install it, e.g. apt install chromium." >&2
        exit 1
    fi
fi

folder="$(mktemp -d)"
port="$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
mkdir -p "$folder/models"
# The built-in base takes a minute to make; one made earlier is as good.
[ -d models/base ] && cp -r models/base "$folder/models/"
PORT="$port" MODEL_OUTPUT_DIR="$folder/models" STATE_DIR="$folder/state" ADAPTER_CONFIG_PATH="$folder/adapters.json" \
    PIPELINE_ENV_FILE="$folder/.env" BASE_MODEL_NAME=tiny python -m backend.main >"$folder/service.log" 2>&1 &
service=$!
trap 'kill "$service" 2>/dev/null; wait "$service" 2>/dev/null; rm -rf "$folder"' EXIT

python - "$port" <<'PY'
import sys, time, urllib.request
deadline = time.monotonic() + 30
while True:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/health", timeout=2)
        break
    except OSError:
        if time.monotonic() > deadline:
            sys.exit("the service did not answer within 30 seconds")
        time.sleep(0.1)
PY
(cd frontend && BASE_URL="http://127.0.0.1:$port" npx playwright test "$@") || {
    echo "--- the service's log:" >&2
    tail -n 40 "$folder/service.log" >&2
    exit 1
}
