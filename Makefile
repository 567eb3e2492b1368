# Needs nothing but Python 3.11 or later with pip and venv; `make PYTHON=python3.13 test` chooses another one.
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help demo test clean

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /: /'

demo: ## count words in a fresh virtual environment
	$(PYTHON) -m venv --clear .venv-demo
	.venv-demo/bin/python -m pip install --quiet --constraint constraints.txt . ./plugins/corral-local-process
	.venv-demo/bin/python examples/demo.py

test: .venv/bin/tox ## linters, types and all tests, on this Python
	.venv/bin/tox run -e lint,type,py

.venv/bin/tox: constraints.txt
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --constraint constraints.txt tox
	@touch $@

clean: ## remove all environments, caches and the demo's output
	rm -rf .venv .venv-demo .tox .coverage .coverage.* .hypothesis .*_cache demo-output
