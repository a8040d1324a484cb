# The front door. `make` builds the environment, the study's results and the book; `make help` lists all.
#   make STUDY=mystudy    uses params/mystudy.yml and data/mystudy, and writes results/mystudy

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

STUDY ?= demo
WORKERS ?= 2
PYTHON ?= $(firstword $(shell command -v python3.11 python3 python))
UV_VERSION := 0.13.9

# An activated conda environment made from environment.yml serves as it is; else there is .venv.
ifeq ($(CONDA_DEFAULT_ENV),compendium)
PREFIX := $(CONDA_PREFIX)
else
PREFIX := .venv
endif
BIN := $(PREFIX)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
ENV := $(PREFIX)/.compendium-installed
COMPENDIUM := $(BIN)/compendium
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile
PARAMS := params/$(STUDY).yml
RESULTS := results/$(STUDY)
BOOK := book/_build/html/index.html

# A study that ships by name is generated; any other is the user's own and only read.
TRUTH_demo := assumed
TRUTH_null := null
TRUTH_confounded := confounded
TRUTH_inverted_u := inverted_u
TRUTH_carry_over := carry_over
TRUTH := $(TRUTH_$(STUDY))

PACKAGE := $(shell find src/compendium src/petsuv -name "*.py" -o -name "*.yml")
SYNTHETIC := $(filter src/compendium/synthetic/% src/compendium/tables/%,$(PACKAGE))
ifeq ($(TRUTH),)
DATA := $(shell find data/$(STUDY) -type f ! -name '.*' ! -name '~$$*' 2>/dev/null)
else
DATA := data/$(STUDY)/truth.json
endif
NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb))
EXECUTED := $(NOTEBOOKS:%=$(RESULTS)/%)
PROSE := $(shell find book -path book/_build -prune -o -type f -print)

.PHONY: all
all: book  ## Environment, study, results and book; the default
	@echo "The book is ready. Open $(BOOK)"

.PHONY: env
env: $(ENV)  ## The Python environment in .venv, every package pinned by requirements.lock

ifeq ($(PREFIX),.venv)
$(ENV): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and \
		"$(PYTHON) is Python %d.%d; 3.11 is needed: make PYTHON=/path/to/python3.11" % sys.version_info[:2])'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode \
		--build-constraints requirements.lock requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
else
$(ENV): requirements.lock pyproject.toml
	python -m pip install --quiet --require-hashes --requirement requirements.lock
	python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
endif

.PHONY: data
data: $(DATA)  ## The synthetic study in data/$(STUDY); a study of your own is left alone

ifneq ($(TRUTH),)
$(DATA): $(SYNTHETIC) | $(ENV)
	$(COMPENDIUM) simulate data/$(STUDY) --truth $(TRUTH) --workers $(WORKERS)
endif

.PHONY: results
results: $(EXECUTED)  ## Run the notebooks that are stale, by papermill

# What each notebook reads of earlier ones; a test holds this and the notebooks' metadata together.
$(RESULTS)/notebooks/02_trop2_ihc.ipynb: $(RESULTS)/notebooks/01_cohort.ipynb
$(RESULTS)/notebooks/03_pet_suvmax.ipynb: $(RESULTS)/notebooks/01_cohort.ipynb
$(RESULTS)/notebooks/04_tsh_iodine_uptake.ipynb: $(RESULTS)/notebooks/01_cohort.ipynb $(RESULTS)/notebooks/03_pet_suvmax.ipynb
$(RESULTS)/notebooks/05_survival.ipynb: $(RESULTS)/notebooks/01_cohort.ipynb $(RESULTS)/notebooks/02_trop2_ihc.ipynb $(RESULTS)/notebooks/03_pet_suvmax.ipynb

# Asked for only where the file is missing: a study that was never begun, or a misspelt name.
$(PARAMS):
	@echo "$@: there is no such file. Begin the study with: $(COMPENDIUM) new-study data/$(STUDY)" >&2
	@exit 1

$(RESULTS)/notebooks/%.ipynb: notebooks/%.ipynb $(PARAMS) $(PACKAGE) $(DATA) | $(ENV)
	$(COMPENDIUM) run $< --params $(PARAMS) --output $@

.PHONY: book
book: $(BOOK)  ## The book as static HTML in book/_build/html, from the results

# One place holds the book of whichever study was asked for last: another study's is stale.
ifneq ($(shell cmp -s $(PARAMS) $(dir $(BOOK))files/params.yml || echo other),)
.PHONY: $(BOOK)
endif
$(BOOK): $(EXECUTED) $(PROSE) | $(ENV)
	$(COMPENDIUM) book --params $(PARAMS)

.PHONY: docx
docx: $(BOOK)  ## The same manuscript as Word, for co-authors
	$(COMPENDIUM) docx --params $(PARAMS)

.PHONY: pdf
pdf: $(BOOK)  ## The same manuscript as PDF, where a Chromium is installed
	$(COMPENDIUM) pdf --params $(PARAMS)

.PHONY: archive
archive: $(BOOK)  ## A zip with book, results, code and lock, ready for a repository such as Zenodo
	$(COMPENDIUM) archive --params $(PARAMS)

.PHONY: template
template: $(ENV)  ## Write params/template.yml anew from the notebooks' parameters
	$(BIN)/python -c 'from pathlib import Path; from compendium.study.templates import params_text; \
		Path("params/template.yml").write_text(params_text("mystudy", Path("notebooks")), encoding="utf-8")'

.PHONY: lab
lab: $(ENV)  ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

.PHONY: check
check: $(ENV)  ## Within a minute, from sources alone: ruff, mypy, import contracts, quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) -m "not slow and not built"

.PHONY: test
test: check results book  ## All tests: check, then those that need time or results, and nbval
	$(PYTEST) -m "slow or built"
	COMPENDIUM_CHECK=1 $(PYTEST) --nbval-lax $(EXECUTED)

.PHONY: reproduce
reproduce: $(ENV) $(DATA)  ## Run everything again in an empty place and compare every number
	$(COMPENDIUM) reproduce --params $(PARAMS)

.PHONY: bench
bench: $(ENV)  ## Timings, each beside its target; never part of the tests
	@for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

.PHONY: lock
lock: $(ENV)  ## Compile requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

.PHONY: clean
clean:  ## Remove results and book, keep studies and the environment
	rm -rf results book/_build

.PHONY: distclean
distclean: clean  ## Remove also the generated studies, the environment and all caches
	rm -rf data/demo data/null data/confounded data/inverted_u data/carry_over .venv
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis src/compendium.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help:  ## This list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
