# make run    sets up, loads the embedded corpus, serves API and chat page
# make test   sets up with the test extras and runs every test
# make check  formatter, linter, types, import rules
# make bench  benchmarks, as ratios measured side by side in one run
# make setup  only makes .venv     make lock  pins anew     make clean  removes what was made

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
TORCH_VERSION := $(shell sed -n 's/^torch==//p' requirements.lock)
# Which build of torch: cpu (default; several GB smaller), auto (what the machine's GPU can use), or cu126 and the like.
TORCH_BACKEND ?= cpu
UV := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint requirements.lock --build-constraint requirements.lock

.PHONY: run setup test check bench lock clean format

run: setup
	@$(BIN)/sourcing up

setup: $(VENV)/.setup

$(VENV)/.base: requirements.lock pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed; name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (the first time takes a few minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(MAKE) --no-print-directory torch
	@touch $@

# pip takes a CPU build where it finds one (macOS, a local wheel); where it would bring CUDA packages, uv takes the
# CPU build from PyTorch's own index instead.
.PHONY: torch
torch:
	@if $(BIN)/python -c 'import importlib.metadata as m, sys; sys.exit(m.version("torch").split("+")[0] != "$(TORCH_VERSION)")' 2>/dev/null; then \
		true; \
	elif [ "$(TORCH_BACKEND)" = cpu ] && ! $(BIN)/python -m pip install --dry-run --quiet --disable-pip-version-check \
			--report - torch==$(TORCH_VERSION) | grep -q '"name": "nvidia'; then \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==$(TORCH_VERSION); \
	else \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --torch-backend $(TORCH_BACKEND) torch==$(TORCH_VERSION); \
	fi

$(VENV)/.setup: $(VENV)/.base
	@$(UV) --editable .
	@echo "Preparing the encoder (once) ..."
	@$(BIN)/python -m retrieval.embed
	@$(BIN)/python -m assistant.toolbox.meaning
	@touch $@

$(VENV)/.test: $(VENV)/.setup
	@$(UV) --editable '.[test,llm]'
	@touch $@

test: $(VENV)/.test
	@$(BIN)/python -m pytest $(PYTEST)

check: $(VENV)/.test
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/contract/test_imports.py

format: $(VENV)/.test
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.test
	@$(BIN)/python -m tests.bench $(BENCH)

lock: $(VENV)/.base
	@$(BIN)/uv pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 \
		--no-header --output-file requirements.lock $(LOCK)

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
