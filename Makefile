# Every target sets up what it needs: a clone, python3 and a package index are enough.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= auto
TESTS  ?= tests

# Tests start utrace thousands of times; without files for its bytecode each start would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

SOURCES := $(wildcard utrace tests tools bench hatch_build.py)

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench man clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## count who calls SSL_write, on TLS connections made for it
	@$(BIN)/python tools/demo.py

test: $(VENV)/.dev ## run all tests (TESTS=path for some, JOBS=1 for one at a time)
	$(BIN)/python -m pytest -n $(JOBS) $(TESTS)

lint: $(VENV)/.dev ## check format, style, types and layers
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## format all code and fix what can be fixed
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: $(VENV)/.dev ## measure the cost of probes; see bench/README.md
	$(BIN)/python -m bench

man: ## show the manual page
	@man -l man/utrace.8

clean: ## remove everything that was made here
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f utrace/runtime/*.bc utrace/runtime/*.o
	find utrace tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment; installing builds the runtime's bitcode, so it is done again when that changes.
RUNTIME := $(wildcard utrace/runtime/*.[ch]) $(wildcard hatch_build.py)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "utrace needs Python 3.11 or newer; say which: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "python3 has no venv module (Debian, Ubuntu: apt install python3-venv)"; rm -rf $(VENV); exit 1; }

$(VENV)/.run: pyproject.toml $(RUNTIME) | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml $(RUNTIME) | $(BIN)/python
	@echo "installing into $(VENV), with the tools for testing ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.run
