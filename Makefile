# Two commands matter: `make run` starts Storybot, `make test` tests it. Both set up everything they need.
SHELL := /bin/bash
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
# What is imported is compiled when it is first imported, and only that; what a lock file names is all that there is to install.
unexport PYTHONDONTWRITEBYTECODE
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile
INSTALL_LOCKED := $(INSTALL) --no-deps --require-hashes -r
# Debian's packages that only tests need; deploy/tests/packages.txt names those of the server that boots on this machine.
FOR_PYTHON := postgresql hunspell hunspell-de-de hunspell-en-gb
FOR_DEPLOY := prometheus prometheus-alertmanager prometheus-node-exporter rsyslog rsyslog-elasticsearch docker-compose
FOR_E2E := chromium-headless-shell
# Three processes, each with whole files: what a file's tests share is made once, and who waits for a server leaves the cores to others.
SIDE_BY_SIDE := -n 3 --dist loadfile
WEB_SOURCES := $(shell find web/src web/public web/scripts -type f 2>/dev/null) $(wildcard web/*.ts web/*.js web/*.json web/index.html)

.PHONY: help run dev build setup system-packages deploy-tools test test-python test-web test-e2e test-deploy lint lint-python lint-web bench fuzz shelf openapi samples sbom observatory lock clean

help: ## Show what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(STAMPS)/runtime web/dist/index.html ## Set up everything and start Storybot
	@exec $(BIN)/storybot run

dev: $(STAMPS)/dev $(STAMPS)/web ## Start with reload: the page on port 3000, the backend on 5000
	@$(BIN)/python scripts/dev.py

build: web/dist/index.html ## Build the page

test: ## Set up everything and run all tests
	@$(MAKE) --no-print-directory --jobs 3 --output-sync setup
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=line test-python test-web
	@$(MAKE) --no-print-directory test-e2e

# Everything that the tests need: `make --jobs 3 setup` gets it side by side.
setup: $(STAMPS)/deploy system-packages $(STAMPS)/web $(STAMPS)/observatory/installed sbom web/dist/index.html

system-packages:
	@scripts/system-packages.sh $(FOR_PYTHON) $(FOR_DEPLOY) $(FOR_E2E)

# What needs a server that boots on this machine is left to `make test-deploy`.
test-python: $(STAMPS)/deploy sbom web/dist/index.html
	@scripts/system-packages.sh $(FOR_PYTHON) $(FOR_DEPLOY)
	$(BIN)/python -m pytest tests deploy/tests --ignore=tests/e2e --ignore-glob='deploy/tests/test_server*.py' $(SIDE_BY_SIDE)

test-web: $(STAMPS)/web
	npm --prefix web test

test-e2e: $(STAMPS)/dev $(STAMPS)/observatory/installed web/dist/index.html
	@scripts/system-packages.sh $(FOR_E2E)
	$(BIN)/python -m pytest tests/e2e -n 4 --dist loadfile

test-deploy: $(STAMPS)/deploy web/dist/index.html ## Set up a server that boots on this machine, deploy to it, and test all of deploy/ (as root)
	@scripts/system-packages.sh $$(cat deploy/tests/packages.txt)
	$(BIN)/python -m pytest deploy/tests

lint: lint-python lint-web ## Check style, types and import rules

lint-python: $(STAMPS)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-web: $(STAMPS)/web $(STAMPS)/types
	npm --prefix web run lint

bench: $(STAMPS)/dev ## Measure the stories, and Storybot beside a direct connection to the model server
	$(BIN)/python -m bench.storyteller
	$(BIN)/python -m bench.local
	$(BIN)/python -m bench

fuzz: $(STAMPS)/dev ## Try 10,000 requests made from the OpenAPI document
	STORYBOT_FUZZ_CASES=10000 $(BIN)/python -m pytest tests/test_fuzz.py --timeout 3600

shelf: $(STAMPS)/dev ## Look at 10,000 stories a language, as the tests do at 2,000
	STORYBOT_SHELF_STORIES=10000 $(BIN)/python -m pytest tests/engines/storyteller/test_shelf.py

openapi: $(STAMPS)/dev $(STAMPS)/web ## Write docs/openapi.json, the page's types and .env.example anew
	$(BIN)/storybot openapi > docs/openapi.json
	$(BIN)/storybot check-settings --example > .env.example
	npm --prefix web run types

samples: $(STAMPS)/dev ## Have the stories in docs/samples told anew
	$(BIN)/python scripts/samples.py

sbom: sbom/python.cdx.json sbom/page.cdx.json ## Write bills of materials (CycloneDX) of the backend and the page into sbom/

observatory: $(STAMPS)/dev $(STAMPS)/observatory/installed web/dist/index.html ## Grade the headers as the MDN HTTP Observatory does
	$(BIN)/python -m pytest tests/e2e/test_observatory.py

lock: $(STAMPS)/dev ## Resolve the dependencies anew
	$(BIN)/pip-compile -q --upgrade $(LOCK) -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --upgrade $(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/pip-compile -q --upgrade $(LOCK) -c requirements-dev.lock -o deploy/requirements.lock deploy/requirements.in

LOCK := --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

clean: ## Remove what was built and installed; the stories in data/ stay
	rm -rf $(VENV) $(STAMPS) web/node_modules web/dist sbom

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Storybot needs Python 3.11 or newer (PYTHON=/path/to/python3.11 make …)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/system-packages.sh python3-venv
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/runtime: requirements.lock | $(BIN)/python
	$(INSTALL_LOCKED) requirements.lock
	@scripts/link-package.sh $(VENV)
	@mkdir -p $(STAMPS) && touch $@

# The second lock file holds the first one too, in the same versions.
$(STAMPS)/dev: requirements-dev.lock requirements.lock | $(BIN)/python
	$(INSTALL_LOCKED) requirements-dev.lock
	@scripts/link-package.sh $(VENV)
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/runtime

deploy-tools: $(STAMPS)/deploy ## Set up `fab`, which deploys (deploy/README.md)

$(STAMPS)/deploy: deploy/requirements.lock $(STAMPS)/dev
	$(INSTALL_LOCKED) deploy/requirements.lock
	@touch $@

$(STAMPS)/web: web/package-lock.json
	@command -v npm >/dev/null || { echo "Storybot's page needs Node 20 or newer with npm to be built."; exit 1; }
	npm --prefix web ci --no-audit --no-fund --loglevel=error
	@mkdir -p $(STAMPS) && touch $@

# Tools of their own environments, so that nothing of them is ever a part of Storybot.
$(STAMPS)/sbom/installed: | $(STAMPS)/dev
	$(PYTHON) -m venv --without-pip $(@D)
	$(INSTALL:install=--python $(@D) install) cyclonedx-bom==7.5.0
	@touch $@

sbom/python.cdx.json: requirements.lock pyproject.toml $(STAMPS)/sbom/installed
	@mkdir -p $(@D)
	PYTHONWARNINGS=ignore $(STAMPS)/sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible -o $@ requirements.lock

sbom/page.cdx.json: web/package-lock.json scripts/page_sbom.py
	@mkdir -p $(@D)
	set -o pipefail; npm --prefix web sbom --sbom-format cyclonedx --package-lock-only --loglevel=error | $(PYTHON) scripts/page_sbom.py > $@

$(STAMPS)/observatory/installed: tests/observatory/package-lock.json
	@mkdir -p $(@D)
	cp tests/observatory/package.json tests/observatory/package-lock.json $(@D)
	npm --prefix $(@D) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Types are checked once, for the build and for the lint.
$(STAMPS)/types: $(STAMPS)/web $(WEB_SOURCES)
	npm --prefix web run check
	@touch $@

web/dist/index.html: $(STAMPS)/web $(STAMPS)/types $(WEB_SOURCES)
	npm --prefix web run build --silent
	@touch $@
