# The project's verbs. Each makes what it needs, asks nothing and can be repeated; `make` alone lists them.

PYTHON ?= python3
PROTOS_PYTHON ?= $(PYTHON)
ARGS ?=

VENV := .venv
PROTOS_VENV := .venv-protos
RUN := $(VENV)/bin/

WIRE := protos/sockrig_wire/v1
PROTOS := $(wildcard $(WIRE)/*.proto)
SERVICES := $(shell grep -l '^service ' $(PROTOS) /dev/null)

say = @printf '==> %s\n' $(1)
# Errors are shown, warnings about this machine's pip are not.
pip_install = $(1)/bin/python -m pip --disable-pip-version-check --no-input install -qq

.PHONY: help
help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.controller ## three local agents, a real scenario, a report; no set-up
	@$(RUN)sockrig demo

.PHONY: test
test: system-packages check ## all checks, then all tests (ARGS='-k leases' chooses)
	$(call say,'pytest')
	@$(RUN)pytest $(ARGS)

.PHONY: check
check: check-style check-types check-imports check-protos check-deploy ## style, types, import rules, generated code, deploy files

.PHONY: format
format: $(VENV)/.development ## mend what the style checks can mend
	@$(RUN)ruff check --fix-only --quiet .
	@$(RUN)ruff format .

.PHONY: bench
bench: $(VENV)/.controller bench-packages ## measure beside the peers, to build/bench (ARGS='--rows tcp,udp-64 --rounds 1')
	$(call say,'benchmark')
	@$(RUN)python -m tests.bench $(ARGS)

.PHONY: skew
skew: $(VENV)/.controller bench-packages ## how tightly many agents start, to build/bench (ARGS='--agents 8 --runs 10')
	$(call say,'start skew')
	@$(RUN)python -m tests.bench.skew $(ARGS)

.PHONY: overheads
overheads: $(VENV)/.controller ## what arming, workers and samples cost, to build/bench (ARGS='--rounds 1')
	$(call say,'overheads')
	@$(RUN)python -m tests.bench.overheads $(ARGS)

.PHONY: protos
protos: $(PROTOS_VENV)/.generator ## generate the Python modules and stubs from protos/**/*.proto
	$(call say,'protoc')
	@$(call generate,protos)

.PHONY: clean
clean: ## remove the environments and caches
	rm -rf $(VENV) $(PROTOS_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find agent controller protos tests deploy -name __pycache__ -prune -exec rm -rf {} +

# --- what `check` is made of ---------------------------------------------------------------------------------------

.PHONY: check-style
check-style: $(VENV)/.development
	$(call say,'ruff')
	@$(RUN)ruff check --quiet .
	@$(RUN)ruff format --check --quiet . || { echo 'these files are not formatted: run `make format`' >&2; exit 1; }

.PHONY: check-types
check-types: $(VENV)/.development
	$(call say,'mypy')
	@$(RUN)mypy
	@$(RUN)mypy -p tests.bench
	@$(RUN)mypy tests/typing

.PHONY: check-imports
check-imports: $(VENV)/.development
	$(call say,'import rules')
	@report=$$($(RUN)lint-imports 2>&1) || { echo "$$report" >&2; exit 1; }

# The pinned generator has wheels for Python 3.11 to 3.13; another Python may use the code, but cannot check it.
.PHONY: check-protos
ifeq ($(shell $(PROTOS_PYTHON) -c 'import sys; print(sys.version_info >= (3, 14))' 2>/dev/null),True)
check-protos:
	$(call say,'generated code: skipped (its generator needs Python 3.13 or older: PROTOS_PYTHON=python3.13)')
else
check-protos: $(PROTOS_VENV)/.generator
	$(call say,'generated code')
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; { $(call generate,"$$fresh"); } || exit 1; \
		diff -rq -x '*.proto' -x __init__.py -x __pycache__ $(WIRE) "$$fresh/sockrig_wire/v1" >&2 || \
		{ echo 'the checked-in code is not what the .proto files say: run `make protos`' >&2; exit 1; }
endif

.PHONY: check-deploy
check-deploy: $(VENV)/.development
	$(call say,'deploy files')
	@$(RUN)hadolint --failure-threshold style deploy/container/*.Dockerfile
	@$(RUN)check-jsonschema -q --builtin-schema vendor.compose-spec deploy/compose/compose.yaml
	@$(RUN)pytest -q -rs tests/unit/deploy

# --- environments, made once and again when pyproject.toml changes -------------------------------------------------

$(VENV)/.controller: pyproject.toml
	@$(call new_environment,$(VENV),$(PYTHON))
	$(call say,'installing sockrig into $(VENV)')
	@$(call pip_install,$(VENV)) -e '.[controller]'
	@touch $@

$(VENV)/.development: $(VENV)/.controller
	$(call say,'installing what checks and tests need')
	@$(call pip_install,$(VENV)) --group test --group check
	@touch $@

$(PROTOS_VENV)/.generator: pyproject.toml
	@$(call new_environment,$(PROTOS_VENV),$(PROTOS_PYTHON))
	$(call say,'installing the pinned code generator into $(PROTOS_VENV)')
	@$(call pip_install,$(PROTOS_VENV)) --only-binary :all: --group protos
	@touch $@

# new_environment FOLDER PYTHON. `pip install --group` came with pip 25.1.
define new_environment
$(2) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo 'sockrig needs Python 3.11 or newer, and `$(2)` is not one: name another, e.g. make PYTHON=python3.13' >&2; exit 1; }; \
$(2) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo '`$(2)` cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)' >&2; exit 1; }; \
$(2) -m venv $(1) && $(call pip_install,$(1)) 'pip>=25.1'
endef

# generate FOLDER: messages and their stubs for every file, the gRPC modules for those that hold a service.
define generate
PATH="$(CURDIR)/$(PROTOS_VENV)/bin:$$PATH" && export PATH && \
python -m grpc_tools.protoc -I protos --python_out=$(1) --mypy_out=quiet:$(1) $(PROTOS) && \
python -m grpc_tools.protoc -I protos --grpc_python_out=$(1) --mypy_grpc_out=quiet:$(1) $(SERVICES)
endef

# The tests in network namespaces use ip (iproute2) and nft (nftables), those of the page a browser. Without them those
# tests skip and say why.
.PHONY: system-packages
system-packages:
	@$(call install_packages,ip:iproute2 nft:nftables chromium:chromium,the tests that need it will be skipped)

# What the benchmark compares with; it names those that are missing. netperf joins where it is installed.
.PHONY: bench-packages
bench-packages:
	@$(call install_packages,ip:iproute2 taskset:util-linux iperf3:iperf3 iperf:iperf nuttcp:nuttcp sockperf:sockperf qperf:qperf,the benchmark goes on without)

# install_packages "PROGRAM:PACKAGE ..." CONSEQUENCE: with apt-get, for root; else it says what is missing. Never fails.
define install_packages
PATH="$$PATH:/usr/sbin:/sbin"; missing=; \
for pair in $(1); do command -v "$${pair%:*}" >/dev/null || missing="$$missing $${pair#*:}"; done; \
[ -n "$$missing" ] || exit 0; \
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo "==> installing$$missing"; \
	export DEBIAN_FRONTEND=noninteractive; \
	get='apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=60'; \
	$$get update </dev/null >/dev/null 2>&1 || true; \
	for package in $$missing; do \
		$$get install -y --no-install-recommends "$$package" </dev/null >/dev/null 2>&1 || \
			echo "could not install $$package: $(2)" >&2; \
	done; \
else \
	echo "missing$$missing, and only root can install them with apt-get: $(2)" >&2; \
fi
endef
