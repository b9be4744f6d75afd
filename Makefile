# The front door. `make demo` shows the desk, `make test` judges a change. Both prepare what they need.
# The package index is the one that pip is configured with on this machine.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080
DATA ?= var/demo
# One more than there are processors: many tests wait for a server.
WORKERS ?= $(shell expr $$(nproc) + 1)
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help demo exchange test lint format docs bench programs clean

help:  ## what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Stamps: installing again is needed only when pyproject.toml has changed.
$(VENV)/.installed: pyproject.toml scripts/make-venv
	@scripts/make-venv "$(PYTHON)" $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml scripts/make-venv
	@scripts/make-venv "$(PYTHON)" $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed  ## a desk with sample data on http://127.0.0.1:8080 (admin / admin)
	@$(BIN)/interdesk demo --data $(DATA) --port $(PORT)

exchange: $(VENV)/.installed  ## two desks work on one ticket: five scenarios, printed as they happen
	@$(BIN)/python examples/exchange/walk.py

lint: $(VENV)/.installed-dev  ## style, types and the rules between the floors
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

programs:
	@scripts/ensure-test-programs

test: lint programs  ## everything that must be green: lint, then the tests on SQLite and PostgreSQL
	@TMPDIR="$$(scripts/temporary-folder)" $(BIN)/pytest -n $(WORKERS) --dist loadgroup

docs: $(VENV)/.installed-dev  ## run the examples of the documentation, check that the reference is complete
	@$(BIN)/pytest --quiet tests/docs

format: $(VENV)/.installed-dev  ## sort imports, lay out the code
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

bench: $(VENV)/.installed-dev  ## measure against the reference and the own limits (BENCH=--million: at that size)
	@scripts/ensure-test-programs bench
	@$(BIN)/python -m benchmarks $(BENCH)
	@$(BIN)/python -m benchmarks.telephony
	@$(BIN)/python -m benchmarks.approvals

clean:  ## forget the environment, the caches and the demo's data
	@rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
