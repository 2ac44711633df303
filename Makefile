# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
STAMP := .venv/.setup-done
LAB := python3 molecule/shared/lab.py

# .venv is made with a Python from outside it.
OUTER_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export LC_ALL := C.UTF-8
# Ansible's home lies in .venv, and its collections/ with the linked checkout: a copy of the collection
# that was once installed into ~/.ansible/collections would be found first otherwise.
export ANSIBLE_HOME := $(CURDIR)/.venv
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.venv/collections
# Paths of sockets have to be short: those stay where Ansible has them.
export ANSIBLE_SSH_CONTROL_PATH_DIR := $(HOME)/.ansible/cp
# Scenarios lie in molecule/: naming the place keeps molecule from advising another one.
export MOLECULE_GLOB := molecule/*/molecule.yml

##@ Use
.PHONY: help
help: ## Show these lines
	@awk -F ':.*## ' '/^##@/ { print substr($$0, 5) ":" } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(STAMP) ## Make .venv with the pinned packages (needs Python 3.11 or newer)
	@:

$(STAMP): requirements.txt requirements-dev.txt .config/constraints.txt tests/tools/setup.sh
	@PATH="$(OUTER_PATH)" tests/tools/setup.sh $(PYTHON)
	@touch $@

.PHONY: demo
demo: setup ## Bring up a hub and two clients on this machine and show that they talk
	.venv/bin/python molecule/shared/demo.py

.PHONY: clean
clean: ## Remove the demo's hosts (keeps .venv, the lab's image and its key)
	$(LAB) down
	@echo "clean: left in place: .venv, the lab's image and its key; 'git clean -dfX' removes what is in the checkout"

##@ Test
.PHONY: test
test: setup ## Run every part below; logs in .test-logs/
	@.venv/bin/python tests/tools/run_all.py

.PHONY: lint
lint: setup ## Check YAML, Python, Ansible content and shell scripts, each with its linter
	@$(MAKE) --no-print-directory --keep-going lint-yaml lint-python lint-types lint-ansible lint-shell

.PHONY: lint-yaml lint-python lint-types lint-ansible lint-shell
lint-yaml lint-python lint-types lint-ansible lint-shell: setup
lint-yaml:
	yamllint --strict .

lint-python:
	ruff format --check .
	ruff check .

lint-types:
	mypy --package ansible_collections.vpn.wireguard.plugins
	mypy --package ansible_collections.vpn.wireguard.benchmarks
	mypy tests/tools molecule/shared

lint-ansible:
	ansible-lint

lint-shell:
	shellcheck .ci/run $$(git ls-files --cached --others --exclude-standard "*.sh")

.PHONY: docs-lint
docs-lint: setup ## Check the documentation of plugins and roles, and the changelog
	cd .venv/collections/ansible_collections/vpn/wireguard && antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .
	antsibull-changelog lint
	antsibull-changelog lint-changelog-yaml changelogs/changelog.yaml

.PHONY: unit
unit: setup ## Run the unit tests
	pytest tests/unit $(ARGS)

.PHONY: integration
integration: setup ## Run the modules against a real WireGuard in namespaces of this machine
	@tests/tools/integration.sh $(ARGS)

.PHONY: sanity
sanity: setup ## Run ansible-test sanity on a copy of the checkout
	@.venv/bin/python tests/tools/sanity.py $(ARGS)

.PHONY: image
image: setup ## Install the lab's system packages and build the image of the test hosts
	$(LAB) install-packages
	$(LAB) image

.PHONY: molecule
molecule: setup ## Run the molecule scenarios on test hosts
	WG_LAB_SLOT=1 molecule test $(or $(ARGS),--all)

.PHONY: system
system: setup ## Run the system tests on test hosts, without those of the days after the first
	WG_LAB_SLOT=2 pytest tests/system --ignore-glob='*test_day2_*' $(ARGS)

.PHONY: system-day2
system-day2: setup ## Run the system tests of the days after the first (lost packets, drift, crashes, adopting, rotating)
	WG_LAB_SLOT=1 pytest tests/system/test_day2_*.py $(ARGS)

# Slot 3, and the variables that pick the virtual machines (molecule/shared/kernel_lab.py).
KERNEL_LAB := WG_LAB_KIND=kernel WG_LAB_SLOT=3

.PHONY: test-kernel
test-kernel: setup ## Run what depends on the kernel's WireGuard on virtual machines: main scenario, lost packets, other programs
	$(KERNEL_LAB) $(LAB) install-packages
	$(KERNEL_LAB) $(LAB) image
	$(KERNEL_LAB) molecule test
	$(KERNEL_LAB) pytest tests/system/test_devices.py tests/system/test_day2_meter.py -k "meter or wg_quick or takes_its_file" $(ARGS)

.PHONY: bench
bench: setup ## Measure against other ways to do the same: about 15 minutes, as root, best on an idle machine
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt \
		|| echo "bench: going on without what could not be installed"
	@PYTHONPATH=.venv/collections .venv/bin/python -m ansible_collections.vpn.wireguard.benchmarks $(ARGS)

##@ Maintain
.PHONY: format
format: setup ## Mend what ruff can mend by itself and format the Python code
	ruff check --fix-only .
	ruff format .

.PHONY: pins
pins: ## Write .config/constraints.txt anew with the newest releases
	PATH="$(OUTER_PATH)" tests/tools/pin.sh $(PYTHON)
