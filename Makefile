# `make` lists the verbs. Each check that CI runs is one of them.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup test fast types style docs bench kernels fuzz tables

help:  ## list the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

setup: $(BIN)/kqlpy  ## make .venv with kqlpy and everything that its development needs

$(BIN)/kqlpy: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'

test: setup  ## run all tests
	$(BIN)/python -m pytest -n auto

fast: setup  ## run the tests that failed last, or all, and stop at the first failure
	$(BIN)/python -m pytest -x --lf -n auto

types: setup  ## check types (mypy --strict)
	$(BIN)/mypy --strict kqlpy

style: setup  ## check style (ruff)
	$(BIN)/ruff check .

docs: setup  ## run the examples of the documentation
	$(BIN)/python -m pytest tests/cli/test_docs.py tests/docs

bench: setup  ## time the example rules, and planning over growing texts
	$(BIN)/python bench/rules.py
	$(BIN)/python bench/plan_speed.py

kernels: setup  ## measure the most used functions one by one, and write docs/kernels.md
	$(BIN)/python bench/kernels.py --write

fuzz: setup  ## try 100,000 texts: each gives a result or a clear error
	$(BIN)/python fuzz/fuzz_texts.py

tables: setup  ## compile the grammar's parse tables beside the parser
	$(BIN)/python -m kqlpy.syntax.tables
