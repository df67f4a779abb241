# Every command of the project; `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
GENERATED := crds charts docs/reference/invariants.md tests/golden

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint unit scenario redis openbao prometheus nats relay scan webhook contract \
        apiserver e2e database feast fmt generate goldens verify bench programs devcluster devcluster-down clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the virtual environment with the pinned packages

# pip itself first: older ones do not know dependency groups.
$(READY): pyproject.toml constraints.txt workloads/contract/pyproject.toml workloads/jobs/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip -c constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt hatchling editables
	$(BIN)/pip install --quiet -c constraints.txt --no-build-isolation -e workloads/contract -e workloads/jobs -e . --group dev
	@touch $@

demo: programs ## run a TradingStack on a real API server and prove what the operator promises
	$(BIN)/python -m tools.demo

test: lint verify unit scenario redis openbao prometheus nats relay scan webhook contract apiserver ## set up everything and run every check that fits CI

lint: setup ## check style, types, import contracts, YAML and spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy tools benchmarks
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict .
	$(BIN)/codespell

unit: setup ## test the pure rooms and the shell's parts, with coverage of the pure rooms
	$(BIN)/coverage run -m pytest -q tests/unit tests/golden tests/repo
	$(BIN)/coverage report

scenario: setup ## run the whole operator against an API server in memory: crashes, faults, drift
	$(BIN)/pytest -q tests/scenario

e2e: database feast ## run the suites that need root or large downloads: database and feature store

database: setup ## run database, schema, backups and restores for real; needs root; 2 minutes
	$(BIN)/pytest -q tests/database

openbao: setup ## test the rotation of credentials with a real secret store
	$(BIN)/pytest -q tests/openbao

redis: setup ## test the cache's configuration on a real Redis
	$(BIN)/pytest -q tests/redis

feast: setup ## test the feature store with a real Feast, PostgreSQL and Redis; 600 MB once, not in `make test`
	$(BIN)/pytest -q tests/feast

nats: setup ## test the bus and the Jobs' commands on a real NATS and in network namespaces
	$(BIN)/pytest -q tests/nats tests/probe

prometheus: programs ## play metrics through the alerts with promtool, and check every query
	$(BIN)/pytest -q tests/prometheus

relay: programs ## test the halt relay as a process, in memory and on a real API server
	$(BIN)/pytest -q tests/relay

webhook: programs ## test the admission webhook as a process, in memory and behind a real API server
	$(BIN)/pytest -q tests/webhook

contract: programs ## run one suite on the API server in memory and on a real one
	$(BIN)/pytest -q tests/contract

apiserver: programs ## test API, charts, goldens and operator on a real API server
	$(BIN)/pytest -q tests/apiserver tests/charts tests/devcluster

scan: setup ## scan everything rendered with checkov and kube-score
	$(BIN)/python -m tools.scan

fmt: setup ## format the code and apply safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: setup ## write the CRDs, policies, roles, the charts' copies and the reference of the rules
	$(BIN)/python -m tools.generate

goldens: setup ## rewrite the expected objects of tests/golden
	$(BIN)/python -m tests.golden.refresh

verify: generate ## generate, then fail on any difference or untracked file
	git diff --exit-code -- $(GENERATED)
	@untracked=$$(git ls-files --others --exclude-standard -- $(GENERATED)); \
	  test -z "$$untracked" || { echo "untracked: $$untracked"; exit 1; }

bench: programs ## measure the figures of docs/performance.md and write it anew
	$(BIN)/python -m benchmarks

programs: setup ## build the control plane's programs; about 10 minutes once, then cached
	$(BIN)/python -m tools.devcluster build

devcluster: programs ## start a control plane to play with
	$(BIN)/python -m tools.devcluster up
	@echo 'export KUBECONFIG=$$($(BIN)/python -m tools.devcluster kubeconfig)'

devcluster-down: setup ## stop it and remove its data
	$(BIN)/python -m tools.devcluster down

clean: ## remove the virtual environment and every cache inside the repository
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
