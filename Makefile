# The front door. `make` builds the environment, the study's results and the book; `make help` lists all.
#   make STUDY=mystudy    uses params/mystudy.yml and data/mystudy, and writes results/mystudy

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

STUDY ?= demo
# Recipes take it from the environment, where no shell reads it as words of its own.
export STUDY
# Compiled modules are kept; else each kernel and each test process would compile them again.
unexport PYTHONDONTWRITEBYTECODE
WORKERS ?= 2
PYTHON ?= $(firstword $(shell command -v python3.11 python3 python))

# An activated conda environment made from environment.yml serves as it is; else there is .venv.
ifeq ($(CONDA_DEFAULT_ENV),compendium)
PREFIX := $(CONDA_PREFIX)
else
PREFIX := .venv
endif
BIN := $(PREFIX)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
ENV := $(PREFIX)/.compendium-installed
COMPENDIUM := $(BIN)/compendium
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal
MAKE_STUDY := $(COMPENDIUM) make "$$STUDY" --workers $(WORKERS)

# Targets made side by side print one after the other, where make can do so (GNU make 4 and later).
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# What of a study is stale is for `compendium make` to say; make itself looks after the environment.
.PHONY: all
all: book  ## Environment, study, results and book; the default

.PHONY: env
env: $(ENV)  ## The Python environment in .venv, every package pinned by requirements.lock

ifeq ($(PREFIX),.venv)
$(ENV): requirements.lock pyproject.toml install.py
	$(PYTHON) install.py
else
$(ENV): requirements.lock pyproject.toml
	python -m pip install --quiet --require-hashes --requirement requirements.lock
	python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
endif

.PHONY: data
data: $(ENV)  ## The synthetic study in data/$(STUDY); a study of your own is left alone
	@$(MAKE_STUDY) --until data

.PHONY: results
results: $(ENV)  ## Run the notebooks that are stale, by papermill
	@$(MAKE_STUDY) --until results

.PHONY: book
book: $(ENV)  ## The book as static HTML in book/_build/html, from the results
	@$(MAKE_STUDY)

.PHONY: status
status: $(ENV)  ## What is stale and why, without making it
	@$(COMPENDIUM) status "$$STUDY"

.PHONY: publish
publish: $(ENV)  ## The book that others may see; of a real study, past the disclosure gate
	@$(COMPENDIUM) publish "$$STUDY" --workers $(WORKERS)

.PHONY: docx
docx: book  ## The article as Word, for co-authors
	$(COMPENDIUM) docx "$$STUDY"

.PHONY: pdf
pdf: book  ## The article as PDF, where a Chromium is installed
	$(COMPENDIUM) pdf "$$STUDY"

.PHONY: archive
archive: publish  ## A zip with book, results, code and lock, ready for a repository such as Zenodo
	$(COMPENDIUM) archive "$$STUDY"

.PHONY: template
template: $(ENV)  ## Write params/template.yml anew from the notebooks' parameters
	$(BIN)/python -c 'from pathlib import Path; from compendium.study.params_template import params_text; \
		Path("params/template.yml").write_text(params_text("mystudy", Path("notebooks")), encoding="utf-8")'

.PHONY: shipped
shipped: $(ENV)  ## Write anew what of the project's own text looks like an identifier and is public
	$(BIN)/python -m compendium.privacy.shipped

.PHONY: lab
lab: $(ENV)  ## Explore in JupyterLab the study opened last, or STUDY; nothing of it is published
	@$(COMPENDIUM) lab $(if $(filter command line environment,$(origin STUDY)),"$$STUDY")

define LINT
$(BIN)/ruff check .
$(BIN)/ruff format --check .
$(BIN)/mypy
endef

.PHONY: check
check: $(ENV)  ## Within a minute, from sources alone: ruff, mypy, import contracts, quick tests
	$(LINT)
	$(PYTEST) -m "not slow and not built"

.PHONY: test
test: $(ENV)  ## All tests: of the sources beside the making of the book, then of what was made, and nbval
	@echo "Tests run beside the making of results and book; each part says what it did when it is done."
	@$(MAKE) --no-print-directory --jobs 3 $(SYNC) test-sources test-made test-notebooks

.PHONY: test-sources
test-sources: $(ENV)  ## Of them all that need no results, and what check looks at
	$(LINT)
	$(PYTEST) -m "not built and not long"

# Only these are looked through; a test that reads results is marked in its own file.
READ_RESULTS = $(shell grep -l "mark\.built" tests/*.py)

.PHONY: test-made
test-made: book  ## Of them the tests that read results or book
	$(PYTEST) -m "built and not long" $(READ_RESULTS)

.PHONY: test-notebooks
test-notebooks: book  ## Of them nbval: the cells of the results run again
	COMPENDIUM_CHECK=1 $(BIN)/python -m pytest -p tests.nbval_start --nbval-lax "results/$$STUDY/notebooks"

.PHONY: test-slow
test-slow: $(ENV)  ## Tests that take minutes, fetch packages, or need more of the machine
	$(BIN)/pytest -m long

.PHONY: bundle
bundle: $(ENV)  ## A folder from which Windows and Linux install without a network
	$(BIN)/python offline/bundle.py dist/compendium

.PHONY: reproduce
reproduce: data  ## Run everything again in an empty place and compare every number
	$(COMPENDIUM) reproduce "$$STUDY" --workers $(WORKERS)

.PHONY: bench
bench: $(ENV)  ## Timings in one table, docs/benchmarks.md; never part of the tests
	@$(BIN)/python benchmarks/table.py

.PHONY: lock
lock: $(ENV)  ## Compile requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra dask --universal --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

.PHONY: clean
clean:  ## Remove results and book, keep studies and the environment
	rm -rf results book/_build .compendium dist

.PHONY: distclean
distclean: clean  ## Remove also the generated studies, the environment and all caches
	rm -rf data/demo data/null data/confounded data/inverted_u data/carry_over .venv
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis src/compendium.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help:  ## This list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
