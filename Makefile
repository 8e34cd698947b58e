# Everything runs inside .venv, which the first target that needs it makes (see book/setup.sh).
# Another interpreter than the first suitable one: make book PYTHON=/path/to/python3.12
PYTHON ?=
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.installed
SITE := _build/html/index.html
ROOT := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help book test lab lint verify bench notebooks pdf weigh pages frames links runs browser lock clean distclean

help: ## Show this list
	@echo "Core Formulas: VAE, GAN and Transformer, derived and run"
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

$(STAMP): requirements.txt pyproject.toml book/setup.sh
	@PYTHON="$(PYTHON)" sh book/setup.sh

book: $(STAMP) ## Run every chapter and build the site; warnings are errors
	@COREFORMULAS_PROGRESS=0 $(BIN)/jupyter-book build . -W -n --keep-going
	@echo "The book is built. Open: file://$(CURDIR)/$(SITE)"

test: $(STAMP) ## Run all tests (ARGS="-k elbo" selects)
	@$(BIN)/python -m pytest -n logical --dist worksteal $(ARGS)

lab: $(STAMP) ## Open the chapters as notebooks in JupyterLab
	@JUPYTER_PATH="$(CURDIR)/book" JUPYTER_CONFIG_PATH="$(CURDIR)/book" $(BIN)/jupyter lab \
		--ServerApp.root_dir="$(ROOT)" --LabApp.default_url=/lab/tree/chapters/index.md $(ARGS)

runs: $(STAMP) ## Choose Run All in every chapter in JupyterLab (needs Chromium)
	@$(BIN)/python book/run_all.py $(ARGS)

lint: $(STAMP) ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/oxlint src/coreformulas/live/scripts

verify: $(STAMP) ## Check every derivation, line by line
	@$(BIN)/python -m coreformulas verify $(ARGS)

bench: $(STAMP) ## Run the benchmarks (on an idle machine)
	@$(BIN)/python -m benchmarks

notebooks: $(STAMP) ## Write plain notebooks of the built book, as for Colab
	@PYTHONPATH=book/extensions $(BIN)/python book/notebooks.py $(ARGS)

pdf: $(STAMP) ## Print the built book as one PDF (needs Chromium)
	@$(BIN)/python book/pdf.py $(ARGS)

weigh: $(STAMP) ## Weigh every page of the built book (needs Chromium)
	@$(BIN)/python book/weigh.py $(ARGS)

pages: $(STAMP) ## Look at every page of the built book in both themes (needs Chromium)
	@$(BIN)/python book/read_pages.py $(ARGS)

frames: $(STAMP) ## Measure how fast live figures follow on a slow processor (needs Chromium)
	@$(BIN)/python -m benchmarks.live_figures $(ARGS)

links: $(STAMP) ## Follow every link inside the built book
	@test -f $(SITE) || { echo "there is no book in _build/html: run \`make book\` first" >&2; exit 1; }
	@$(BIN)/lychee --config book/lychee.toml --root-dir "$(CURDIR)/_build/html" $(ARGS) _build/html

browser: $(STAMP) ## Find a Chromium, or install one with apt-get
	@$(BIN)/python book/browser.py

lock: $(STAMP) ## Pin all requirements anew from pyproject.toml
	@$(BIN)/python book/lock.py $(ARGS)

clean: ## Remove the built site and all caches
	@rm -rf _build build dist .pytest_cache .ruff_cache .hypothesis
	@find src tests benchmarks book chapters -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove .venv as well
	@rm -rf .venv
