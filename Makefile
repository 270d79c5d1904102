# Everything runs in .venv, which is made on first use. A machine with Python 3.11 or newer and make is enough.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
STAMP := .venv/.made-from-pyproject
NODE := tests/node/node_modules/.made-from-lock
TAPES := .tapes/pygithub-2.10.0.tar.gz

.PHONY: help demo tapes test check check-all bench format lint types layers docs worklogs coverage lowest lock fuzz fuzz-briefly clean

help: ## show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or give its path as PYTHON=…"; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "the venv module of $(PYTHON) is missing: install it (Debian: python3-venv)"; exit 2; }
	@echo "setting up .venv (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# What some tests take from Node; where there is no npm they are skipped, and say so.
$(NODE): tests/node/package-lock.json
	@if command -v npm >/dev/null; then cd tests/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch ../../$@; \
	else echo "npm is not installed: tests that need Node are skipped"; fi

# What GitHub really sent, recorded by PyGithub: its source distribution has it, of which nothing is kept in the repository.
$(TAPES): tests/github/tapes.txt | $(STAMP)
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary pygithub --require-hashes \
		--requirement tests/github/tapes.txt --dest .tapes
	@touch $@

tapes: $(TAPES) ## download what some tests replay

demo: $(STAMP) ## read a real staging run and write its worklog to demo/
	@$(BIN)/rca demo demo

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow"

check: $(STAMP) format lint types layers docs coverage worklogs fuzz-briefly ## the gate: format, lint, types, layers, docs, tests with coverage, worklogs

format: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP)
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

docs: $(STAMP)
	$(BIN)/python scripts/config_docs.py --check
	$(BIN)/python scripts/schema_docs.py --check
	$(BIN)/python scripts/template_docs.py --check
	$(BIN)/python scripts/whys_docs.py --check

coverage: $(STAMP) $(NODE) $(TAPES)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n auto --dist worksteal
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --fail-under=96

worklogs: $(STAMP)
	$(BIN)/rca check worklogs

check-all: check lowest fuzz ## the gate, the lowest versions of all dependencies, long fuzzing

lock: $(STAMP) ## renew the packages that the action installs
	scripts/lock.sh

lowest: $(STAMP)
	scripts/lowest.sh

fuzz-briefly: $(STAMP)
	$(BIN)/python scripts/fuzz.py --seconds 15 --seed 1

fuzz: $(STAMP)
	$(BIN)/python scripts/fuzz.py --seconds 300

bench: $(STAMP) ## measure against the peers and write the table to benchmarks/README.md
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python benchmarks/run.py --slow --write

clean: ## remove what was made
	rm -rf .venv .tapes tests/node/node_modules demo .bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
