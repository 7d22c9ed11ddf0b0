# `make demo` and `make test` need Python 3.11 or newer with venv, and nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test test-browser test-node lint bench bench-compare clean

demo: $(VENV)/.runs
	$(BIN)/aslrun execute workflows/order/order.asl.json --input workflows/order/in.json

test: $(VENV)/.tests
	$(BIN)/python -m pytest

# The tests of the report page, in a real browser: `chromium` and `chromedriver` must be on the path.
test-browser: $(VENV)/.tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[browser]'
	$(BIN)/python -m pytest -m browser

# JSONata beside its reference implementation: Node and npm must be on the path.
test-node: $(VENV)/.tests
	$(BIN)/python -m pytest -m node

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.runs
	$(BIN)/python -m benchmarks $(if $(JSON),--json $(JSON))

# make bench-compare BASE=figures.json, where `make bench JSON=figures.json` has written them
bench-compare: $(VENV)/.runs
	$(BIN)/python -m benchmarks --compare $(BASE)

$(VENV)/.runs: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.tests: $(VENV)/.runs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV)
