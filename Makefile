# Only Python 3.11+ and make are needed; everything else lands in .venv.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev
TESTS  := -n 2 --dist loadgroup
# what looks for barriers in the pages of the window; only tests need it, and npm to get it
AXE         := $(VENV)/axe/axe.min.js
AXE_VERSION := 4.14.1
AXE_SHA256  := 29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c

.PHONY: demo setup test test-long fuzz check fmt lint types arch bench bench-window peers lock golden clean

demo: $(STAMP)
	test -d demo || cp -r examples/sarcoma_panel demo
	$(BIN)/exportin run demo
	$(BIN)/exportin show demo
	@echo "Open demo/results/report.html (demo/ is kept as you change it; make clean removes it)"

setup: $(DEV)

$(STAMP): pyproject.toml requirements/run.txt
	$(PYTHON) -c "import sys; sys.exit('exportin needs Python 3.11 to 3.14') if not (3,11) <= sys.version_info[:2] <= (3,14) else None"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(DEV): $(STAMP) requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

$(AXE):
	@if command -v npm >/dev/null; then \
	  mkdir -p $(@D) && cd $(@D) && npm pack --silent axe-core@$(AXE_VERSION) >/dev/null && \
	  tar -xzf axe-core-$(AXE_VERSION).tgz --strip-components=1 package/axe.min.js && \
	  echo "$(AXE_SHA256)  axe.min.js" | sha256sum --check --quiet; \
	else echo "npm is not here: the pages are not searched for barriers"; fi

test: $(DEV) $(AXE)
	$(BIN)/python -m pytest $(TESTS)

test-long: $(DEV) $(AXE)
	$(BIN)/python -m pytest $(TESTS) -m "long or not long" --timeout 3600

# 10,000 damaged files per reader; MUTANTS=1000 for fewer, SEED=7 for others.
MUTANTS ?= 10000
SEED ?= 20261121
fuzz: $(DEV)
	EXPORTIN_MUTANTS=$(MUTANTS) EXPORTIN_MUTANTS_SEED=$(SEED) $(BIN)/python -m pytest $(TESTS) -rA --timeout 0 tests/readers/test_mutants.py

check: fmt lint arch types

fmt: $(DEV)
	$(BIN)/ruff format --check .

lint: $(DEV)
	$(BIN)/ruff check .

arch: $(DEV)
	$(BIN)/lint-imports

types: $(DEV)
	$(BIN)/mypy

# Speed, accuracy, coverage and scale in one run, about ten minutes. `make peers` first adds the
# comparison with lmfit and CurveCurator; BENCH="speed --full" passes words on.
bench: $(DEV)
	$(BIN)/python bench/run.py $(BENCH)

# From a click on a well to the new number on the screen, in a real browser (chromium).
bench-window: $(DEV)
	$(BIN)/python -m bench.window $(BENCH)

peers: .venv-peers/.installed

.venv-peers/.installed: requirements/peers.txt
	$(PYTHON) -c "import sys; sys.exit('CurveCurator needs Python 3.11 to 3.13: make peers PYTHON=python3.13') if not (3,11) <= sys.version_info[:2] <= (3,13) else None"
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/peers.txt
	touch $@

# Run every reference program (R) and compare with the numbers kept; WRITE=--write takes new ones over.
REALDATA ?= $(wildcard ../shared/data)
golden:
	EXPORTIN_REALDATA="$${EXPORTIN_REALDATA:-$(REALDATA)}" $(PYTHON) reference/remake.py $(WRITE)

lock: $(DEV)
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --extra web --extra office --output-file requirements/run.txt pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --allow-unsafe --extra web --extra office --extra dev --output-file requirements/dev.txt pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --output-file requirements/peers.txt requirements/peers.in

clean:
	rm -rf $(VENV) .venv-peers demo
