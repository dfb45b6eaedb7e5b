# The environment lives in .venv. It is made once, from locked packages, and again when a lock, pyproject.toml
# or the Python changes. `make test PYTHON=python3.12` takes the Python of your choice.

DEMO = compare zhaotong --packages training,credit,industry,training+credit+industry --seeds 8 --out results/demo

CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3)
PIP = .venv/bin/python -m pip --disable-pip-version-check -qq install --no-input --progress-bar off
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --no-strip-extras

.NOTPARALLEL:
.SUFFIXES:
.PHONY: help demo test lint bench studies lock clean FORCE

help:
	@echo 'make demo     compare training, credit and industry, alone and together, on Zhaotong: results/demo'
	@echo 'make test     lint, then every test (two at a time)'
	@echo 'make lint     format, style, types, import directions'
	@echo 'make bench    the benchmarks of tests/bench, about ten minutes; leave the machine alone meanwhile'
	@echo 'make studies  the long studies of tests/studies'
	@echo 'make lock     bring requirements/*.txt up to pyproject.toml (needs uv; delete one to renew its versions)'
	@echo 'make clean    remove the environment, caches and builds; results/ stays'
	@echo
	@echo 'Each makes the environment in .venv first, if need be. PYTHON=python3.12 chooses the Python (3.11 or newer).'

# How many steps a goal has, for the messages; what it needs is made with the same number.
STEPS = 2
demo lint studies: STEPS = 3
test bench: STEPS = 4

demo: .venv/runtime
	@echo '[3/$(STEPS)] guiyan $(DEMO) ...'
	@.venv/bin/guiyan $(DEMO)

test: lint
	@echo '[4/$(STEPS)] testing, two at a time ...'
	@.venv/bin/python -m pytest -n 2

lint: .venv/development
	@echo '[3/$(STEPS)] checking style, format, types and import directions ...'
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy sim scenarios
	@.venv/bin/lint-imports --no-logo

bench: .venv/development .venv/frames/ready
	@echo '[4/$(STEPS)] measuring (about ten minutes on two quiet cores) ...'
	@.venv/bin/python -m tests.bench $(BENCH)

studies: .venv/development
	@echo '[3/$(STEPS)] running the studies, two at a time ...'
	@.venv/bin/python -m pytest -n 2 tests/studies

lock:
	$(COMPILE) pyproject.toml --group build --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml --group build --group development --constraint requirements/runtime.txt \
		--output-file requirements/development.txt
	$(COMPILE) --group frames --output-file requirements/frames.txt

clean:
	rm -rf .venv build dist .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Kept as it is when it runs, stands where it was made, and is of the wanted version. Each candidate is run, not
# only looked up: on some machines a command of that name exists and fails. The file is written last, so that an
# interrupted attempt starts anew.
.venv/interpreter: FORCE
	@works() { "$$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
	identity() { echo "Python $$("$$1" -c 'import platform; print(platform.python_version())') in $(CURDIR)"; }; \
	if [ -f $@ ] && works .venv/bin/python && [ "$$(cat $@)" = "$$(identity .venv/bin/python)" ]; then \
		if [ -z '$(PYTHON)' ]; then exit 0; fi; \
		if works '$(PYTHON)' && [ "$$(cat $@)" = "$$(identity '$(PYTHON)')" ]; then exit 0; fi; \
	fi; \
	for python in $(CANDIDATES); do \
		works "$$python" || continue; \
		echo "[1/$(STEPS)] creating the environment in .venv with $$python (some seconds, once) ..."; \
		"$$python" -m venv --clear .venv && identity .venv/bin/python > $@; \
		exit; \
	done; \
	echo "No Python 3.11 or newer that can make environments among:" $(CANDIDATES) >&2; \
	echo "Install one with its venv module (on Debian or Ubuntu: python3 and python3-venv)," >&2; \
	echo "or name it: make PYTHON=/path/to/python3" >&2; \
	exit 1

.venv/runtime: .venv/interpreter requirements/runtime.txt pyproject.toml
	@echo '[2/$(STEPS)] installing the packages of requirements/runtime.txt and guiyan (about a minute, once) ...'
	@$(PIP) --require-hashes -r requirements/runtime.txt
	@$(PIP) --no-build-isolation --no-deps -e .
	@touch $@

# The development lock holds the runtime lock, so one installation serves both.
.venv/development: .venv/interpreter requirements/runtime.txt requirements/development.txt pyproject.toml
	@echo '[2/$(STEPS)] installing the packages of requirements/development.txt and guiyan (1-2 minutes, once) ...'
	@$(PIP) --require-hashes -r requirements/development.txt
	@$(PIP) --no-build-isolation --no-deps -e .
	@touch .venv/runtime $@

# mesa-frames, which only the benchmarks compare with, needs an older numpy than ours and so a place of its own.
# Where it does not install, its row says so.
.venv/frames/ready: .venv/interpreter requirements/frames.txt
	@echo '[3/$(STEPS)] installing mesa-frames for comparison (some seconds, once) ...'
	@.venv/bin/python -m venv --clear .venv/frames
	@.venv/frames/bin/python -m pip --disable-pip-version-check -qq install --no-input --progress-bar off \
		--only-binary :all: --require-hashes -r requirements/frames.txt && touch $@ \
		|| echo 'mesa-frames does not install with this Python; its row will say so' >&2
