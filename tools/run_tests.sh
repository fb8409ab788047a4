#!/usr/bin/env bash
# Every check and test on the embedded PostgreSQL 18 and in Chromium; with CI=true the database tests once
# more on Debian's PostgreSQL 15. Installs what is missing when run as root, else names it and fails.
set -euo pipefail
cd "$(dirname "$0")/.."
BIN=.venv/bin
PG15=/usr/lib/postgresql/15/bin

export DEBIAN_FRONTEND=noninteractive
# Journeys and drills start dozens of processes; compiling our modules anew takes each half a second.
unset PYTHONDONTWRITEBYTECODE
install() { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }

# Chromium's shell draws no windows of its own and is the quicker; a whole Chromium that is there will do.
if [ "$(id -u)" = 0 ] && ! command -v chromium-headless-shell >/dev/null; then
    echo "== installing chromium-headless-shell"
    install chromium-headless-shell || echo "not installed: the journeys run in /usr/bin/chromium, if it is there"
fi
missing=()
command -v chromium-headless-shell >/dev/null || [ -x /usr/bin/chromium ] || missing+=(chromium-headless-shell)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk)
[ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
if [ "${CI:-}" = "true" ] && [ ! -x $PG15/initdb ]; then missing+=(postgresql-15); fi
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "missing: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    echo "== installing ${missing[*]}"
    install "${missing[@]}"
fi

tools/run_checks.sh
if [ "${CI:-}" = "true" ]; then
    echo "== database tests on PostgreSQL 15"
    YIWANG_TEST_POSTGRES_BIN=$PG15 $BIN/pytest src -n auto --dist loadfile -m "not journey and not real_data and not slow"
fi
echo "== every test on the embedded PostgreSQL"
$BIN/pytest src tests/architecture tests/house -n auto --dist loadfile
echo "== journeys in Chromium"
# By themselves: a browser's event loop and Django's test database do not go well in one process.
$BIN/pytest tests/journeys -n auto --dist loadfile
echo "== fault drills"
# One after the other: they end whole instances, and watch the clock.
$BIN/pytest tests/faults
