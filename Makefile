# Everything here works on a fresh Debian or Ubuntu with Python 3.11 or 3.12 and make.
# `make` alone lists the targets.

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules
# The tests start hundreds of processes: without kept bytecode each compiles what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Which interpreter builds $(VENV); empty: the first suitable one found.
PYTHON ?=
# Options of the demo: the scene's seed, and a file for its report.
SEED ?=
REPORT ?=
# Further arguments for pytest, such as PYTEST_ARGS="-k windows".
PYTEST_ARGS ?=
# Cases for each target of `make fuzz`.
FUZZ_CASES ?= 10000
# What the bill of materials is made of: the lock file of what is installed.
SBOM_LOCK ?= requirements.lock
# Further options of `hearsight bench all`.
BENCH_ARGS ?=

COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-header --python-version 3.11

# What packages that come as sources are built with, besides the program's own backend.
BUILD_TOOLS := setuptools wheel
# Everything by its hash, what builds a package too.
INSTALL = $(UV) pip install --python $(BIN)/python --build-constraints requirements-build.lock

.PHONY: help demo setup setup-edge setup-dev test test-long chaos fuzz try-install \
	lint format bench studies schema sbom lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: setup ## Show it all on a simulated camera (SEED=n, REPORT=file.json)
	@$(BIN)/hearsight demo $(if $(SEED),--seed '$(SEED)') $(if $(REPORT),--report '$(REPORT)')

setup: $(VENV)/.base.stamp ## Install what running needs into .venv

setup-edge: $(VENV)/.edge.stamp ## Install what running needs, with OpenVINO for Intel and ARM CPUs

setup-dev: $(VENV)/.dev.stamp ## Install what developing needs into .venv

# Many tests wait for streams and processes: three at a time keep two cores busy.
test: setup-dev lint ## Run the checks and every test but the long ones
	$(BIN)/python -m pytest -m "not long" -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-long: setup-dev ## Run the long tests
	$(BIN)/python -m pytest -m long --timeout 3600 $(PYTEST_ARGS)

chaos: setup-dev ## Try every promise on real processes, the long ones too; write deploy/promises.md
	$(BIN)/python -m pytest -m promise --timeout 3600 $(PYTEST_ARGS) || failed=$$?; \
	$(BIN)/python -m tests.promises --write deploy/promises.md; exit $${failed:-0}

# Atheris ends the process that it fuzzes in, so each parser has one of its own.
fuzz: setup-dev ## Try 10,000 cases on every parser and sequence (FUZZ_CASES=n)
	HEARSIGHT_FUZZ_CASES=$(FUZZ_CASES) $(BIN)/python -m pytest tests/fuzz/test_sequences.py \
		tests/fuzz/test_streams.py --timeout 7200
	$(BIN)/python -m tests.fuzz --runs $(FUZZ_CASES)

# As root, with debootstrap (MIRROR=..., SUITE=...). TREE is made anew where there is none.
try-install: ## Try deploy/install.sh in a bare Debian that is made for it (TREE=folder)
	tests/deploy/tree/try.sh '$(or $(TREE),build/tree)'

lint: setup-dev ## Check style, types and import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint deploy/Containerfile

format: setup-dev ## Lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev ## Measure this machine: hearsight bench all (BENCH_ARGS="--cameras 40")
	@mkdir -p build
	$(BIN)/hearsight bench all --report build/bench.json --plot build/bench.png $(BENCH_ARGS)

studies: setup-dev ## Run the long studies of tests/bench
	@if ls tests/bench/bench_*.py >/dev/null 2>&1; then \
		$(BIN)/python -m pytest tests/bench -o python_files='bench_*.py' --timeout 3600 -s $(PYTEST_ARGS); \
	else echo "tests/bench holds no bench_*.py yet"; fi

schema: setup ## Write configs/site.schema.json anew
	$(BIN)/python -m pipeline.config.schema > configs/site.schema.json.new
	mv configs/site.schema.json.new configs/site.schema.json

sbom: setup-dev ## Write build/sbom.cdx.json: what runs, with versions and hashes (CycloneDX)
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements $(SBOM_LOCK) --pyproject pyproject.toml --mc-type application \
		--output-reproducible --output-format JSON --output-file build/sbom.cdx.json

lock: $(UV) ## Resolve the lock files anew, within pyproject.toml
	$(COMPILE) $(LOCK_ARGS) pyproject.toml -o requirements.lock
	$(COMPILE) $(LOCK_ARGS) pyproject.toml --extra edge -c requirements.lock \
		-o requirements-edge.lock
	$(COMPILE) $(LOCK_ARGS) pyproject.toml --extra dev --extra train --extra edge \
		-c requirements-edge.lock -o requirements-dev.lock
	{ sed -n 's/^requires = \["\(.*\)"\]$$/\1/p' pyproject.toml; printf '%s\n' $(BUILD_TOOLS); } | \
		$(COMPILE) $(LOCK_ARGS) - -c requirements.lock -o requirements-build.lock

clean: ## Remove .venv and what tools left
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up --------------------------------------------------------------------------------------

# Prints a Python that will do, or says what is missing.
define FIND_PYTHON
suits() { "$$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }; \
found=; for candidate in $${PYTHON:-python3 python3.12 python3.11}; do \
	if suits "$$candidate"; then found="$$candidate"; break; fi; done; \
if [ -z "$$found" ]; then \
	echo "Hearsight needs Python 3.11 or 3.12; $${PYTHON:-python3} is $$("$${PYTHON:-python3}" --version 2>&1 || true)." >&2; \
	echo "Install one and name it: make PYTHON=/path/to/python3.12" >&2; exit 1; fi; \
if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	echo "$$found cannot make virtual environments: apt install python3-venv" >&2; exit 1; fi
endef
export PYTHON

# A Python environment with uv in it, at the version and hashes of the lock file.
$(UV):
	@$(FIND_PYTHON); \
	echo "Making $(VENV) with $$found ($$("$$found" --version))"; \
	"$$found" -m venv --clear $(VENV)
	@awk '/^uv==/ {on = 1; print; next} on && /^[^ ]/ {exit} on' requirements-dev.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt

# `uv pip install` adds and corrects, and never removes: a base set-up after a development one
# changes nothing, because both locks agree.
$(VENV)/.base.stamp: requirements.lock pyproject.toml | $(UV)
	@echo "Installing: a few minutes and about 5 GB the first time"
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.edge.stamp: requirements-edge.lock $(VENV)/.base.stamp | $(UV)
	$(INSTALL) --require-hashes -r requirements-edge.lock
	@touch $@

$(VENV)/.dev.stamp: requirements-dev.lock $(VENV)/.base.stamp | $(UV)
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
