# `make check` does what .ci/run does.
.PHONY: check lint types test test-all canary
check: lint types test test-all

lint:
	python3 tests/run --tool ruff check .
	python3 tests/run --tool ruff format --check .

types:
	python3 tests/run --tool mypy

test:
	python3 tests/run

test-all:
	python3 tests/run tests/slow tests/remotes tests/clients

# The newest clients that the registry serves: tells of new formats, and is no part of `check`.
canary:
	python3 tests/run tests/clients/canary.py -n 0 -q
