# The commands of the project, written down once: CI and hooks call these. `make setup` comes first.
# Lua is linted, not formatted: no registry has a stylua that does not fetch a binary when it installs.

VENV ?= .venv
PYTEST = $(VENV)/bin/python -m pytest --numprocesses 4 --dist loadgroup

.PHONY: help setup quickstart test wheel-test check static lint format types imports lua core-coverage bench bench-core simulate exhaustive churn churn-long

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 16

setup: ## make .venv with all tools
	sh scripts/setup develop

quickstart: ## run the demo
	sh scripts/quickstart

test: ## run all tests against the source tree
	$(PYTEST)

wheel-test: ## run all tests against an installed wheel, as CI does
	sh scripts/test

check: static test ## everything that has to be right before a commit

static: lint types imports lua ## everything of it that runs nothing

lint: ## ruff: rules and format; the syntax of the shell scripts
	for script in scripts/*; do sh -n $$script || exit 1; done
	bash -n .ci/run
	$(VENV)/bin/python -m ruff check
	$(VENV)/bin/python -m ruff format --check

format: ## let ruff format, and repair what it can
	$(VENV)/bin/python -m ruff check --fix-only
	$(VENV)/bin/python -m ruff format

types: ## mypy, strict
	$(VENV)/bin/python -m mypy

imports: ## the directions of imports
	$(VENV)/bin/lint-imports

lua: ## luacheck
	luacheck --quiet --no-color $(wildcard stdlib_lua examples tests/stdlib engine/pylsyncd/migrate)

core-coverage: ## the tests of the core reach every branch of it
	$(PYTEST) tests/core tests/scenarios -m 'not slow' --cov=pylsyncd.core --cov-fail-under=100 \
		--cov-report=term-missing:skip-covered

bench-core: ## what events cost in the core
	$(VENV)/bin/python bench/absorb.py

# By its full path, since the daemons are started elsewhere.
bench: ## pylsyncd beside Lsyncd: BENCH='--quick', or '--case burst --size 1000'; --help tells all
	PYTHONPATH=$(CURDIR)/engine:$(CURDIR)/tests:$(CURDIR) $(VENV)/bin/python -m bench $(BENCH)

FIRST ?= 0
SIMULATE = PYTHONPATH=engine:tests $(VENV)/bin/python -m simulation.simulate

simulate: ## play SEEDS seeds from FIRST on; SEED=n plays one and tells all; POLLED=1: by looking
	$(SIMULATE) $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),10000) --first $(FIRST)) $(if $(POLLED),--polled)

# By its full path, since the daemons are started elsewhere. JOBS: runs at a time; LSYNCD=no: pylsyncd alone.
CHURN = PYTHONPATH=$(CURDIR)/engine:$(CURDIR)/tests $(VENV)/bin/python -m
JOBS ?= 3

churn: ## churn and faults on the real kernel: SEEDS seeds, or SEED=n; beside Lsyncd, unless LSYNCD=no
	$(CHURN) churn --jobs $(JOBS) $(if $(filter no,$(LSYNCD)),--no-lsyncd) \
		$(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),20) --first $(FIRST)) $(if $(KIND),--kind $(KIND))

churn-long: ## MINUTES of churn for each of the defaults, and the sizes of the daemons
	$(CHURN) churn.long $(MINUTES)

MINUTES ?= 10

exhaustive: ## bring over all sequences of LENGTH changes in all orders
	PYTHONPATH=engine:tests $(VENV)/bin/python -m simulation.exhaustive $(LENGTH)

LENGTH ?= 5
