# Actorproof. `make` alone lists the targets.
#
#   make verify PROFILE=standard SEED=7     another profile, a given seed
#   make verify DRIVER=docker               in containers; auto (the default) takes docker where it can
#   make verify STORE=postgres              the actors' state in PostgreSQL
#   make setup DAPR=1.16.0                  another version of the runtime beside the default
#   make test ARGS="tests/provision -x"     some of the tests
#   make PYTHON=python3.13 setup            another Python for .venv

PROFILE ?= quick
SEED ?=
DRIVER ?=
DAPR ?=
STORE ?=
ARGS ?=
# make container: what builds it, from which image, and its name. The base has to have the Python of .venv.
ENGINE ?= docker
BASE ?=
IMAGE ?= actorproof
CONTEXT := build/container
# Whole clusters under load, whose times are judged, mostly wait: three at a time. What they leave of the machine is taken
# by tests that compute, and by tests of commands and pages. The others start small parts, for which they wait, and come
# after both.
# Where a file may share what it has started, its tests stay together; folders with the longest files come first, so that
# none of these is waited for at the end.
LIVE := tests/live
LIVE_AT_ONCE ?= 3
SMALL_AT_ONCE ?= 4
PURE := tests/formats tests/history tests/properties tests/recorded tests/simulated
LIGHT := tests/docs tests/workload tests/mutation tests/cli tests/packaging tests/browser tests/faults tests/provision \
    tests/reports tests/scenarios tests/subjects
BESIDE_LOG := reports/out/test-beside.log
# A test that hangs is ended and named, with what each of its threads was doing. The longest takes a tenth of this.
TEST_LIMIT_S := 900
# How long `make mutants` may take, about; 0 for all mutants.
TIME_S ?= 600
# The first of these that is 3.11 or newer makes .venv.
PYTHON ?=
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)

comma := ,
# What is compiled is kept, as Python does by itself: tests start some thousand programs, each of many modules.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest --timeout $(TEST_LIMIT_S)
STAMP := $(VENV)/.installed
# make turns every failure into 2; actorproof's own exit code of the last `make verify` is kept here. Two at once want a
# file each.
VERIFY_CODE ?= reports/out/verify.code

CHECK_VERSION := import sys; sys.exit(sys.version_info < (3, 11))
# A virtual environment is bound to its path: one that was moved with its checkout, or whose Python is gone, is made anew.
CHECK_VENV := import os, sys; sys.exit(os.path.realpath(sys.prefix) != os.path.realpath("$(CURDIR)/$(VENV)"))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv setup images container verify test test-live test-beside lint docs mutation bench oracle mutants clean

help:
	@echo 'make setup      .venv with the pinned libraries, and the programs of a cluster'
	@echo 'make verify     setup, then judge the guarantees on a real cluster'
	@echo '                (PROFILE=quick|standard|soak, SEED=n, STORE=redis|postgres,'
	@echo '                DRIVER=auto|process|docker)'
	@echo 'make test       setup, then all tests, small live clusters too (ARGS=...)'
	@echo 'make lint       style, types, imports and dependencies (ruff, mypy, deptry,'
	@echo '                import-linter, check-jsonschema)'
	@echo 'make images     setup, then the images of the docker driver (needs an engine)'
	@echo 'make container  setup, then an image that holds everything'
	@echo '                (BASE=image, IMAGE=name, ENGINE=docker|podman)'
	@echo 'make docs       the pages of docs/, in build/docs'
	@echo 'make bench      the benchmarks'
	@echo 'make mutation   plant every bug in the simulated runtime, and try 1,000 seeds'
	@echo '                without one (needs no cluster)'
	@echo 'make mutants    small changes of the checkers, one at a time: which do their'
	@echo '                tests not notice? (TIME_S=600, SEED=n)'
	@echo 'make oracle     the linearizability search against brute force and Porcupine'
	@echo '                (SEED=n)'
	@echo 'make clean      remove .venv, caches of tools and build folders (keeps'
	@echo '                reports/out and the cache of programs)'

ifneq ($(shell $(BIN)/python -c '$(CHECK_VENV)' 2>/dev/null && echo sound),sound)
.PHONY: $(STAMP)
endif

$(STAMP): pyproject.toml constraints.txt
	@set -e; \
	if ! $(BIN)/python -c '$(CHECK_VENV)' 2>/dev/null || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	    found=; \
	    for candidate in $(PYTHONS); do \
	        if $$candidate -c '$(CHECK_VERSION)' 2>/dev/null; then found=$$candidate; break; fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo 'setup: Python 3.11 or newer is needed and none of "$(PYTHONS)" is; install it, or say make PYTHON=...' >&2; \
	        exit 1; \
	    fi; \
	    echo "setup: making $(VENV) with $$($$found --version)"; \
	    if ! $$found -m venv --clear $(VENV); then \
	        echo "setup: $$found has no venv with pip (Debian, Ubuntu: apt-get install python3-venv)" >&2; \
	        exit 1; \
	    fi; \
	fi
	@echo 'setup: installing the libraries of constraints.txt into $(VENV) (about a minute)'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -c constraints.txt setuptools setuptools-scm
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -c constraints.txt \
	    --no-build-isolation -e '.[dev,docs]'
	@touch $@

venv: $(STAMP)

setup: $(STAMP)
	@echo 'setup: finding or making the programs of a cluster'
	@$(BIN)/actorproof setup $(if $(DAPR),--dapr $(DAPR))

images: setup
	@echo 'images: finding, pulling or making the images of the docker driver'
	@$(BIN)/actorproof setup --images $(if $(DAPR),--dapr $(DAPR)) $(if $(STORE),--store $(STORE))

# async-timeout is redis's for a Python older than 3.11.3, which the base may have.
container: setup
	@echo 'container: the wheels of constraints.txt, and the programs'
	@rm -rf $(CONTEXT); mkdir -p $(CONTEXT)/wheels
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-build-isolation -c constraints.txt \
	    -w $(CONTEXT)/wheels . pip async-timeout
	@$(BIN)/actorproof setup --into $(CONTEXT)/programs $(if $(DAPR),--dapr $(DAPR))
	@echo 'container: building $(IMAGE) with $(ENGINE)'
	@base='$(BASE)'; \
	$(ENGINE) build -q -f Containerfile -t $(IMAGE) \
	    --build-arg BASE="$${base:-python:$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')-slim}" \
	    $(CONTEXT)

verify: setup
	@echo 'verify: profile $(PROFILE)$(if $(SEED),$(comma) seed $(SEED))$(if $(DRIVER),$(comma) driver $(DRIVER))$(if $(STORE),$(comma) store $(STORE))'
	@mkdir -p $(dir $(VERIFY_CODE)); rm -f $(VERIFY_CODE); \
	code=0; $(BIN)/actorproof verify --profile $(PROFILE) $(if $(SEED),--seed $(SEED)) \
	    $(if $(DRIVER),--driver $(DRIVER)) $(if $(STORE),--store $(STORE)) || code=$$?; \
	echo $$code > $(VERIFY_CODE); exit $$code

test: setup
ifeq ($(strip $(ARGS)),)
	@echo 'test: pytest $(LIVE), clusters at once: $(LIVE_AT_ONCE)'
	@echo 'test: beside it most of the others: told after it, now in $(BESIDE_LOG)'
	@mkdir -p $(dir $(BESIDE_LOG)); code=0; \
	$(MAKE) --no-print-directory -k -j2 test-live test-beside || code=$$?; \
	echo 'test: pytest, what ran beside'; cat $(BESIDE_LOG); \
	echo 'test: pytest, the others, files at once: $(SMALL_AT_ONCE)'; \
	$(PYTEST) -n $(SMALL_AT_ONCE) --dist loadfile $(addprefix --ignore=,$(LIVE) $(PURE) $(LIGHT)) || code=$$?; exit $$code
else
	@echo 'test: pytest $(ARGS)'
	@$(PYTEST) $(ARGS)
endif

test-live:
	@$(PYTEST) -n $(LIVE_AT_ONCE) --dist loadfile --durations=30 $(LIVE)

test-beside:
	@code=0; for tests in '$(PURE)' '--dist loadfile --no-loadscope-reorder $(LIGHT)'; do \
	    nice -n 19 $(PYTEST) -n auto $$tests || code=$$?; \
	done >$(BESIDE_LOG) 2>&1; exit $$code

lint: $(STAMP)
	@echo 'lint: ruff check'
	@$(BIN)/ruff check .
	@echo 'lint: ruff format --check'
	@$(BIN)/ruff format --check .
	@echo 'lint: mypy (strict)'
	@$(BIN)/mypy
	@echo 'lint: deptry'
	@$(BIN)/deptry harness properties reports scenarios
	@echo 'lint: import-linter'
	@$(BIN)/lint-imports --no-cache --no-logo
	@echo 'lint: check-jsonschema, the GitHub action and what is shown for CI'
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows examples/ci/github.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.gitlab-ci examples/ci/gitlab.yml

docs: $(STAMP)
	@echo 'docs: build/docs/index.html'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

mutation: $(STAMP)
	@$(BIN)/actorproof mutation

bench: setup
	@missed=; for benchmark in benchmarks/*.py; do \
	    [ -f "$$benchmark" ] || { echo 'bench: there are none'; exit 0; }; \
	    case $$benchmark in */_*) continue;; esac; \
	    name=$$(basename $$benchmark .py); \
	    echo "bench: $$name"; $(BIN)/python -m benchmarks.$$name || missed="$$missed $$name"; \
	done; \
	if [ -n "$$missed" ]; then echo "bench: a target is missed or it could not run:$$missed" >&2; exit 1; fi

oracle: $(STAMP)
	@echo 'oracle: 100,000 random histories against brute force, 10,000 against Porcupine'
	@$(BIN)/python -m tests.properties.linearizability.agreement $(if $(SEED),--seed $(SEED)) $(ARGS)

mutants: $(STAMP)
	@$(BIN)/python -m tests.mutation.mutants --seconds $(TIME_S) $(if $(SEED),--seed $(SEED)) $(ARGS)

clean:
	@echo 'clean: $(VENV), caches of tools, build folders'
	@rm -rf $(VENV) build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find benchmarks harness properties reports scenarios tests -name __pycache__ -type d -prune -exec rm -rf {} +
