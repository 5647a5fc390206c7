# `make check` does what .ci/run does.
.PHONY: check lint types test test-all
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
