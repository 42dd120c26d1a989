# `make demo` and `make test` do all set-up themselves, from the lock files, into .venv.
# Always with --no-deps: the lock files are complete, and some versions of pip look for newer ones of a package that is named with an extra.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# With it, Python compiles every library again at each start.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV := $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
# It advertises what comes after it.
MKDOCS := NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs
WORKERS ?= 4

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: .venv/.installed ## run the sample project, offline
	@docs/demo

.PHONY: test
test: .venv/.installed-dev ## the test suite
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not thorough"

.PHONY: test-thorough
test-thorough: .venv/.installed-dev ## attacks, faults, random edits, defects by number, conversations, other servers
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m thorough

.PHONY: check
check: .venv/.installed-dev ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: .venv/.installed-dev ## fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: .venv/.installed-dev ## measure, as ratios to a bare process
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/daemon.py
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/synthesis.py
	PYTHONPATH=. $(BIN)/python benchmarks/watch.py
	PYTHONPATH=. $(BIN)/python benchmarks/large.py
	PYTHONPATH=. $(BIN)/python benchmarks/live.py
	PYTHONPATH=. $(BIN)/python benchmarks/go_projects.py
	PYTHONPATH=. $(BIN)/python benchmarks/agents.py
	PYTHONPATH=. $(BIN)/python benchmarks/agents_at_once.py

.PHONY: bench-peers
bench-peers: .venv/.installed-dev ## save → result beside langgraph dev, watchfiles, entr, watchexec; installs them into .peers
	PYTHONPATH=. $(BIN)/python benchmarks/peers.py .peers

.PHONY: soak
soak: .venv/.installed-dev ## many edits at random moments, and the growth of the database (SOAK_EDITS, SOAK_SEED, SOAK_WATCHER, SOAK_ON_CHANGE)
	$(BIN)/python -m tests.soak.soak
	$(BIN)/python -m tests.soak.servers
	$(BIN)/python -m tests.soak.targets
	$(BIN)/python -m tests.soak.names

.PHONY: starts
starts: .venv/.installed-dev ## many starts of a watch loop under load (STARTS, STARTS_AT_ONCE, STARTS_BUSY, STARTS_SEED)
	$(BIN)/python -m tests.starts.starts

.PHONY: faults
faults: .venv/.installed-dev ## kills, secrets, full disks, starts at once, escapes, programs, archives (FAULTS_KILLS, FAULTS_HELPERS, FAULTS_DISKS, FAULTS_STARTS, FAULTS_SEED)
	$(BIN)/python -m tests.faults.faults

.PHONY: fuzz
fuzz: .venv/.installed-dev ## requests of every kind to every method (FUZZ_REQUESTS, FUZZ_SEED)
	$(BIN)/python -m tests.fuzz.fuzz

.PHONY: protos
protos: .venv-protos/.installed ## write the stubs beside the .proto files
	PATH="$(CURDIR)/.venv-protos/bin:$$PATH" protos/generate

.PHONY: docs
docs: .venv-docs/.installed .venv/.installed-dev ## the site of docs/, in build/site, with new pictures; a link that leads nowhere is an error
	$(BIN)/python -m tests.docs.write_pictures
	$(MKDOCS) build --quiet --clean

.PHONY: docs-serve
docs-serve: .venv-docs/.installed ## the site at localhost:8000, built again at every save
	$(MKDOCS) serve --livereload

.PHONY: lock
lock: .venv/.installed-dev ## newest versions into the lock files
	$(PIP) install uv
	$(COMPILE) --upgrade --extra all --group build pyproject.toml -o requirements.lock
	$(COMPILE) --upgrade --extra all --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(COMPILE) --upgrade protos/requirements.in -o protos/requirements.lock
	$(COMPILE) --upgrade docs/requirements.in -o docs/requirements.lock

.PHONY: clean
clean: ## remove what make made
	rm -rf .venv .venv-docs .venv-protos .peers dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# stigmer_start.py is copied into the environment, and only there it is not the file that is edited.
.venv/.installed: requirements.lock pyproject.toml stigmer_start.py | .venv/bin/python
	$(PIP) install --no-deps --require-hashes -r requirements.lock
	$(PIP) install --no-build-isolation --no-deps -e .
	touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	touch $@

.venv-protos/.installed: protos/requirements.lock | .venv-protos/bin/python
	.venv-protos/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r $<
	touch $@

.venv-docs/.installed: docs/requirements.lock | .venv-docs/bin/python
	.venv-docs/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r $<
	touch $@

# The first Python that is new enough; a pyenv shim may exist and not run.
%/bin/python:
	@for python in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "$$python -m venv $*"; exec "$$python" -m venv --clear $*; \
	  fi; \
	done; \
	echo 'make: no Python 3.11 or newer found; install one or say `make PYTHON=/path/to/python`' >&2; exit 1
