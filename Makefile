# `make` lists the targets. `make demo` and `make test` need nothing before them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell sh tools/python.sh)
SETUP := $(VENV)/.setup-complete
INVENTORY ?= inventories/local
# In this order: from argocd on they go on with each other's clusters, which applications removes. The one of
# pipelines makes a hub of its own.
SCENARIOS := default do_cluster argocd argocd_spokes component sealed_secrets do_registry ingress_lb tekton applications \
  pipelines
# Sets of the lab's images that some of them need beside those of with_lab.py.
IMAGES_OF_ingress_lb := ingress
IMAGES_OF_tekton := tekton
IMAGES_OF_pipelines := tekton pipelines other-languages
AGAINST_THE_API := $(addprefix tests/,integration/digitalocean integration/git integration/pipelines playbooks)
# Faults of every kind at every call; make test runs a sample of them.
FAULTS := tests/faults
# What the lab has beside accounts and clusters, and what needs a second Kubernetes.
LAB_SERVICES := $(addprefix tests/lab/,charts load_balancers registry cluster/test_real_upgrade.py)
# Nodes that are only played run no pods, so there is no Argo CD on them.
DEMO_IMAGES := $(if $(filter kwok,$(LAB_NODES)),,argocd examples sealed-secrets ingress tekton pipelines)
DEMO_TAGS := $(if $(filter kwok,$(LAB_NODES)),--tags clusters)
# The story is told with the applications of that inventory.
DEMO_NEXT := $(if $(DEMO_TAGS)$(filter-out inventories/local,$(INVENTORY)),true,python tools/demo_push.py && cat docs/after-demo.txt)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Ansible writes em dashes and box characters; a bare POSIX locale would stop it.
export LC_ALL ?= C.UTF-8

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(SETUP): requirements/dev.txt requirements/lab.txt requirements/modules.txt lab/pyproject.toml tools/install_collections.py tools/python.sh
	@test -n "$(PYTHON)"
	@echo "setup: virtual environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --config-settings editable_mode=compat -e lab
	@$(BIN)/python tools/install_collections.py .ansible/collections
	@touch $@

.PHONY: setup
setup: $(SETUP) ## Make the virtual environment and get the collections we depend on

.PHONY: demo
demo: setup ## Bring up the lab, run site.yml on it, then push a commit and watch it go to dev, and to prod
	@lab prepare $(DEMO_IMAGES)
	@lab up
	@eval "$$(lab env)"; python tools/example_repositories.py; ansible-playbook site.yml -i $(INVENTORY) $(DEMO_TAGS); $(DEMO_NEXT)

.PHONY: destroy
destroy: setup ## Destroy what demo made (the lab itself stays up)
	@eval "$$(lab env)"; ansible-playbook playbooks/destroy.yml -i $(INVENTORY) \
	  -e destroy_confirm=hub,dev,prod -e destroy_hub=true -e destroy_associated_resources=true \
	  -e destroy_registry_confirm=slipway

.PHONY: down
down: setup ## Stop the lab; its account and clusters stay on disk
	@lab down

# The long ones first. One that fails does not stop the others, so one run tells all.
CHECK := python tools/leak_check.py $(MAKE) --jobs 2 --keep-going --output-sync=target

.PHONY: test
test: setup ## Everything CI runs: two things at a time, and a look that nothing is left behind
	@$(CHECK) integration e2e lab-test gate lint unit
	@echo "test: all passed"

.PHONY: test-all
test-all: setup ## What test runs, every scenario, and the long suites on a real Argo CD
	@$(CHECK) molecule argocd operations lab-services integration integration-long e2e e2e-long lab-test gate lint unit \
	  sealed-secrets
	@echo "test-all: all passed"

.PHONY: lint
lint: setup ## ruff, mypy, yamllint, ansible-lint
	@ruff check .
	@ruff format --check .
	@cd lab && mypy --config-file ../pyproject.toml -p slipway_lab
	@MYPYPATH=tools:lab mypy tools
	@cd collections && mypy --config-file ../pyproject.toml -p ansible_collections.slipway.gitops.plugins
	@yamllint --strict .
	@ansible-lint --offline --strict

.PHONY: unit
unit: setup ## Unit tests of the collection, and checks of its docs
	@pytest tests/unit tests/docs

.PHONY: gate
# As integration, it gives way to tests that have real clusters.
gate: setup ## The tarball, installed elsewhere: what Galaxy, ansible-test and a newcomer say of it
	@nice -n 10 pytest tests/gate

.PHONY: lab-test
lab-test: setup ## Tests of the lab: its API, image maker, builds and real clusters
	@lab prepare
	@pytest -n 2 --dist loadgroup tests/lab $(LAB_SERVICES:%=--ignore=%)

.PHONY: lab-services
lab-services: setup ## Tests of the lab's registry, load balancers and charts, and of upgrades to another Kubernetes
	@lab prepare
	@pytest -n 2 --dist loadgroup $(LAB_SERVICES)

.PHONY: integration
# Gives way to tests beside it that have real clusters: those cost processor time as long as they stand.
integration: setup ## Modules and playbooks against the lab's API
	@nice -n 10 pytest -n 3 --dist worksteal -m "not long" $(AGAINST_THE_API) $(FAULTS)

.PHONY: integration-long
integration-long: setup ## Those tests of them that take a minute and more
	@pytest -n 3 --dist worksteal -m long $(AGAINST_THE_API)

.PHONY: faults
faults: setup ## Every kind of fault at every call, once and for good, kills, outages and twin runs: the figures of docs/reliability.md
	@pytest -n 2 --dist worksteal $(FAULTS)

.PHONY: molecule
molecule: setup ## Every role's scenario on real clusters
	@lab prepare $(sort $(foreach scenario,$(SCENARIOS),$(IMAGES_OF_$(scenario))))
	@python tools/with_lab.py molecule test $(SCENARIOS:%=-s %)

.PHONY: argocd
argocd: setup ## Modules against a real Argo CD, and the examples that it deploys
	@lab prepare argocd examples
	@pytest -n 2 --dist loadfile tests/integration/argocd tests/examples

.PHONY: operations
operations: setup ## Day-2 playbooks and role component on a real Argo CD
	@pytest tests/integration/operations

.PHONY: sealed-secrets
sealed-secrets: setup ## Module sealed_secret beside the real controller and the real kubeseal
	@pytest tests/integration/sealed_secrets

.PHONY: e2e
e2e: setup ## The whole story on real clusters
	@pytest -m "not long" tests/e2e

.PHONY: e2e-long
e2e-long: setup ## From a push to prod, with registry, Tekton and everything on
	@pytest -m long tests/e2e

.PHONY: bench
bench: setup ## Measure and print the figures of docs/benchmarks.md
	@python tools/bench.py

.PHONY: build
build: setup ## Build the collection's tarball into build/
	@ansible-galaxy collection build --force --output-path build .

.PHONY: clean
clean: ## Remove what setup and builds made in the checkout (not the lab, not its cache)
	rm -rf $(VENV) .ansible build .mypy_cache .ruff_cache .pytest_cache
