#!/usr/bin/env bash
# Static checks: style, types, translations. The borders and the other house checks are tests.
set -euo pipefail
cd "$(dirname "$0")/.."
BIN=.venv/bin
echo "== style"
$BIN/ruff check --quiet .
$BIN/ruff format --check --quiet .
echo "== types"
$BIN/mypy -p yiwang
echo "== translations"
$BIN/python tools/translations.py check
