# One entry for developers and CI. `make` alone lists the targets.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ONLY ?=
ROWS ?=

.DEFAULT_GOAL := help
.PHONY: help setup build-assets demo test check fix bench docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

setup: $(VENV)/.installed node_modules/.package-lock.json build-assets ## make .venv, install the locked packages, build the front-end files and translations
	@$(BIN)/python tools/translations.py compile

$(VENV)/.installed: requirements.lock requirements-dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 (Debian: apt-get install python3.11-venv)."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

node_modules/.package-lock.json: package-lock.json package.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or later."; exit 1; }
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build-assets: node_modules/.package-lock.json ## copy the front-end packages to where the product serves them
	@node tools/build_assets.mjs

demo: setup ## load Nanjing, play a morning and start everything on http://127.0.0.1:8000 (PORT)
	@exec $(BIN)/yiwang demo

test: setup ## run every check and test (CI=true: the database tests on PostgreSQL 15 too)
	@tools/run_tests.sh

check: setup ## run the static checks only: style, types, borders, translations
	@tools/run_checks.sh

fix: setup ## mend style and format in place
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

bench: setup ## measure into build/bench.jsonl (ONLY=name for one figure, ROWS=n for the size of its file)
	@$(BIN)/python -m tools.bench $(if $(ONLY),--only $(ONLY)) $(if $(ROWS),--rows $(ROWS))

docs: setup ## generate the pages of docs/ that come from code
	@$(BIN)/python tools/build_docs.py

clean: ## stop the embedded database and delete what was built (var/ with its data stays)
	@if test -x $(BIN)/yiwang; then $(BIN)/yiwang database stop || true; fi
	rm -rf build node_modules src/yiwang/interface/static/vendor src/*.egg-info $(VENV) .mypy_cache .ruff_cache .import_linter_cache
