# Everything happens in .venv, from nothing: a Python of 3.11 or newer, make and a package registry are enough.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test lint lock schema clean

# The small sample, from raw records to a dataset that loads.
demo: .venv/core
	$(BIN)/reinschrift check configs/quickstart.yaml
	$(BIN)/reinschrift run configs/quickstart.yaml

test: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The versions of everything, for all supported Pythons. No address of a registry is written into it.
lock: .venv/dev
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group dev \
		--no-emit-index-url --no-annotate --no-header --quiet --upgrade --output-file constraints.txt

schema: .venv/dev
	$(BIN)/reinschrift schema > configs/schema.json.new
	mv configs/schema.json.new configs/schema.json

clean:
	rm -rf .venv out

# A bundled pip may be too old to know dependency groups, so it is replaced first, inside the environment.
.venv/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Reinschrift needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	touch $@

.venv/core: .venv/pip pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/dev: .venv/core
	$(PIP) install --quiet --constraint constraints.txt --group dev
	touch $@
