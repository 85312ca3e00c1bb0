#!/usr/bin/env bash
# The built dashboard, walked through by a real browser; each spec brings a service of its own (frontend/e2e/kit.ts).
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

cd frontend
exec npx playwright test "$@"
