# `make build` runs the main job, `make test` runs the tests, `make site` builds the site.
# All create the environment they need; a second run only does what has changed.

PYTHON ?= python3
VENV ?= .venv

bin := $(VENV)/bin
pip := $(bin)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
python_ok := import sys; sys.exit(sys.version_info < (3, 11) and \
    "symnet needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; say make PYTHON=python3.11")

SITE ?= build/site
SITE_ARGS ?=

.PHONY: build test site lint format environment clean
.DEFAULT_GOAL := build

build: $(VENV)/.installed
	$(bin)/symnet build

test: $(VENV)/.installed-dev
	$(bin)/python -m pytest -n auto $(PYTEST_ARGS)

site: $(VENV)/.installed-docs
	$(bin)/python -m sphinx -b html -j auto -d $(SITE).doctrees $(SITE_ARGS) docs $(SITE)
	@echo "Open $(abspath $(SITE))/index.html"

lint: $(VENV)/.installed-dev
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy

format: $(VENV)/.installed-dev
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

environment: $(VENV)/.installed-dev

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(bin)/python:
	@$(PYTHON) -c '$(python_ok)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(bin)/python
	@echo "Installing symnet into $(VENV)"
	$(pip) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(bin)/python
	@echo "Installing symnet with its test tools into $(VENV)"
	$(pip) -e '.[dev,docs,peers,examples]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-docs

$(VENV)/.installed-docs: pyproject.toml constraints.txt | $(bin)/python
	@echo "Installing symnet with what builds the site into $(VENV)"
	$(pip) -e '.[docs]'
	@touch $@
