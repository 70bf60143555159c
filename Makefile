# Every target does its own set-up: Python 3.11 or newer is all that is needed.

.PHONY: demo test check docs setup servers clean
.DEFAULT_GOAL := test

UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)

# `make test ARGS="-k scratch -x"`; the slow ones, which CI runs too: `make test ARGS="-m slow"`; docs: `make check`
ARGS ?=

demo: setup
	$(UV) run --no-sync python demo/run.py

test: setup servers
	$(UV) run --no-sync pytest -n 2 -m 'not slow and not docs' $(ARGS)

check: setup servers docs
	$(UV) run --no-sync ruff check
	$(UV) run --no-sync ruff format --check
	$(UV) run --no-sync mypy
	$(UV) run --no-sync lint-imports
	$(UV) run --no-sync pytest -n 2 -m docs

# --strict: a link or an anchor that leads nowhere is an error
docs: setup
	NO_MKDOCS_2_WARNING=1 $(UV) run --no-sync mkdocs --quiet build --strict

setup:
	@.ci/uv $(UV)
	@$(UV) sync --quiet --locked --all-groups --all-extras

servers:
	@.ci/servers

clean:
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist
