# Two commands are enough for a newcomer: `make run` and `make test`. Both prepare what they need.
# The preparation itself is scripts/setup.sh; the stamps below make a second run instant.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PY := .venv/bin/python
CATALOGUES := $(wildcard kit/locale/*/LC_MESSAGES/*.po)
# A window needs more shared libraries than an off-screen run: each kind has its own stamp.
SCREEN := $(if $(WAYLAND_DISPLAY),wayland,$(if $(DISPLAY),x11,none))
READY := .venv/.stamp-libraries-$(SCREEN) .venv/.stamp-packages .venv/.stamp-catalogues
OFFSCREEN := QT_QPA_PLATFORM=offscreen

.PHONY: help setup run test test-fast soak lint format type arch i18n shots bench freeze image image-smoke check clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## System libraries, .venv with locked packages, translations (run and test do it too)
	@echo "Ready: $$($(PY) --version), $(PY)"

run: $(READY) ## Open the demo hospital; without a display, play the same scenario off screen
	@$(PY) -m kit.cli run

test: $(READY) ## Every test, off screen
	@$(OFFSCREEN) $(PY) -m pytest

test-fast: $(READY) ## The rules, the store and the import: what answers within 20 s
	@$(OFFSCREEN) $(PY) -m pytest -q -m "not slow" \
		$(wildcard tests/core tests/people tests/ward tests/store tests/messages tests/steering tests/exchange)

soak: $(READY) ## The long proofs of exchange: 2,000 seeds, namespaces, ten minutes of damage
	@sh scripts/test_tools.sh
	@$(OFFSCREEN) $(PY) -m tests.sync.simulator
	@$(OFFSCREEN) $(PY) -m pytest -m soak
	@$(OFFSCREEN) $(PY) -m tests.fuzz --seconds 600

lint: $(READY) ## ruff: rules and layout
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: $(READY) ## ruff: mend layout and what it can mend by itself
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

type: $(READY) ## mypy, strict
	@$(PY) -m mypy

arch: $(READY) ## Import contracts and the rules about the code itself
	@$(OFFSCREEN) $(PY) -m pytest -q tests/arch

i18n: $(READY) ## Every sentence translated, none fuzzy, none unused
	@$(PY) scripts/check_catalogues.py

shots: $(READY) ## A picture of every screen, in build/shots
	@$(OFFSCREEN) $(PY) -m kit.shots

bench: $(READY) ## Speed and memory against their bars
	@$(OFFSCREEN) $(PY) -m kit.cli bench

# KIT_FREEZE: further options, e.g. KIT_FREEZE="--deb --tar" or "--chroot build/trixie".
freeze: $(READY) ## A folder that runs without Python, in build/freeze/cyber-kit
	@$(PY) scripts/freeze.py --out build/freeze $(KIT_FREEZE)

# Root is needed for the image; the tools that are wanted are named where they are missing.
# KIT_IMAGE, KIT_SMOKE: further options, e.g. KIT_IMAGE="--sign release.key", KIT_SMOKE="--newer next.img".
IMAGE ?= build/image/kit.img

image: $(READY) ## Build the image of the stick: IMAGE=build/image/kit.img
	@$(PY) scripts/build_usb_image.py build --out $(IMAGE) $(KIT_IMAGE)

image-smoke: $(READY) ## Start IMAGE in test machines (UEFI, Secure Boot, BIOS…); docs/image-smoke.json
	@$(PY) scripts/build_usb_image.py boot $(IMAGE) $(KIT_SMOKE)

check: lint type arch i18n ## All that is not a test of behaviour

clean: ## Remove what was built; .venv stays
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
	@rm -f kit/locale/*/LC_MESSAGES/*.mo .venv/.stamp-catalogues
	@find kit tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.stamp-libraries-$(SCREEN): scripts/setup.sh scripts/system_libraries.txt
	@sh scripts/setup.sh libraries $(SCREEN)

.venv/.stamp-packages: scripts/setup.sh requirements/run.lock requirements/dev.lock pyproject.toml
	@sh scripts/setup.sh packages

# The interpreter may not exist before .stamp-packages does, so the order is fixed.
.venv/.stamp-catalogues: scripts/compile_catalogues.py $(CATALOGUES) | .venv/.stamp-packages
	@$(PY) scripts/compile_catalogues.py
	@touch $@
