# make demo    a hub beside three small helpdesks of its own    make demo ARGS=--once
# make test    every test                                     make test ARGS="tests/core -k horizon"
# make check   style, types, import directions, change notes
# make fuzz    what nobody should send or write, far longer than in make test    make fuzz FUZZ=1000 ARGS="-k scenarios"
# make bench   how fast it is on this machine               make bench ARGS="--full --peers --write" (docs/performance.md)
# make soak    break everything, over and over         make soak ARGS="--rounds 500 --changes 70 --postgresql" (docs/reliability.md)
# make lock    pin what pyproject.toml asks for               make lock ARGS=--upgrade
# make clean   remove what the others made
#
# All that is needed beside git and make is Python 3.11 or newer: make PYTHON=/path/to/python3

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
FUZZ ?= 100
WORKERS ?= $(shell expr 2 + $$(getconf _NPROCESSORS_ONLN))

# One stamp for each lock. The dev lock holds all that the run lock holds, so the demo is content with it.
DEV := $(VENV)/.dev
RUN := $(VENV)/.run
DEMO := $(if $(wildcard $(DEV)),$(DEV),$(RUN))

.DELETE_ON_ERROR:
.PHONY: demo test check fuzz bench soak lock clean help

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

demo: $(DEMO)
	@$(BIN)/slahub demo $(ARGS)

# Two workers more than processors, since many tests wait; one that is done takes over what waits elsewhere.
test: $(DEV)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo
	@notes=$$($(BIN)/towncrier build --draft --version next 2>&1) || { echo "$$notes"; exit 1; }

fuzz: $(DEV)
	@FUZZ=$(FUZZ) $(BIN)/python -m pytest tests/fuzz -n $(WORKERS) --timeout 0 $(ARGS)

bench: $(DEV)
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(DEV)
	@$(BIN)/python -m tests.soak $(ARGS)

lock: $(BIN)/python
	.ci/lock $(BIN)/python $(ARGS)

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	@.ci/install $(BIN)/python $<
	@touch $@

$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	@.ci/install $(BIN)/python $<
	@touch $@

$(BIN)/python:
	@.ci/venv $(VENV) $(PYTHON)
