# The two commands of the README are `make run` and `make test`; the rest is for developers.
# Each target makes what it needs in .venv; stamp files there make the next call quick.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

# Hundreds of tests start a server, which takes twice as long where nothing compiled is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test crash check format bench bench-flush bench-jobs bench-stalls conformance clean

help:
	@echo "make run          serve on 127.0.0.1:5433, data under ./data"
	@echo "make test         run the tests"
	@echo "make crash        the whole crash matrix"
	@echo "make check        ruff, mypy, import-linter"
	@echo "make format       let ruff format and fix what it can"
	@echo "make bench        compare the speed with PostgreSQL 15"
	@echo "make bench-flush  flush a million hot rows of a thousand users"
	@echo "make bench-jobs   ask a hundred thousand jobs the usual questions"
	@echo "make bench-stalls how long others wait beside large statements"
	@echo "make conformance  compare the answers with PostgreSQL 15; STORE=ceph: storages on a real Ceph"
	@echo "make clean        remove .venv and caches; data stay"

run: $(VENV)/.run
	$(BIN)/kalampg serve --config config/kalampg.toml

# Each process has its own servers and works on one module at a time.
test: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

crash: $(VENV)/.test
	$(BIN)/python -m pytest tests/crash -m crash -n 2 --dist worksteal $(PYTEST_ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test
	$(BIN)/python -m conformance.bench.run $(BENCH_ARGS)

bench-flush: $(VENV)/.test
	$(BIN)/python -m conformance.bench.flush $(BENCH_ARGS)

bench-jobs: $(VENV)/.test
	$(BIN)/python -m conformance.bench.jobs $(BENCH_ARGS)

bench-stalls: $(VENV)/.test
	$(BIN)/python -m conformance.bench.stalls $(BENCH_ARGS)

conformance: $(VENV)/.test
	$(BIN)/python -m conformance.$(if $(STORE),stores $(STORE),run $(CONFORMANCE_ARGS))

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find kalampg tests conformance -name __pycache__ -prune -exec rm -rf {} +

# Dependency groups need a pip of 25.1 or later; the one that venv brings may be older.
$(VENV)/.pip:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or later is needed (or say PYTHON=/path/to/python)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "make: $(PYTHON) has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.run: $(VENV)/.pip pyproject.toml
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) --group test
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	$(PIP) --group dev
	@touch $@
