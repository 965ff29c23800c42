# From a bare Python 3.11, 3.12 or 3.13:  make demo  assesses photos,  make test  runs the tests.
# PYTHON=/path/to/python3.12 chooses the interpreter, UV=/path/to/uv a uv that is there already.

PHOTO ?=
OUT ?= runs/demo
TESTS ?=
export PYTHON UV PHOTO OUT

.DEFAULT_GOAL := help
.PHONY: help demo test check check-base docs clean

help: ## these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## assesses the sample photos, and PHOTO=... when given; OUT=... says where the report goes
	@scripts/environment demo
	@set -- src/coachwork/samples/*.jpg; \
	if [ -n "$$PHOTO" ]; then set -- "$$@" "$$PHOTO"; fi; \
	mkdir -p "$$OUT"; rc=0; \
	.venv-demo/bin/coachwork assess "$$@" --out "$$OUT" || rc=$$?; \
	if [ -f "$$OUT/report.html" ]; then printf '\nThe report lies at %s\n' "$$(cd "$$OUT" && pwd)/report.html"; fi; \
	exit $$rc

test: ## runs the tests; TESTS=tests/geometry runs some, TESTS=--slow also those that take minutes
	@scripts/environment dev
	@.venv/bin/python -m pytest $(TESTS)

check: ## the whole gate, as continuous integration runs it
	@bash .ci/run

check-base: ## installs the wheel without extras elsewhere: size, no torch, quick --help, a photo assessed
	@scripts/environment dev
	@.venv/bin/python scripts/check_base.py

docs: ## builds the documentation into site/
	@scripts/environment dev
	@.venv/bin/mkdocs build --strict --quiet

clean: ## removes what commands wrote, and all environments
	rm -rf .venv .venv-demo .oracles .cache build dist site runs .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
