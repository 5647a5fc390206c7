"""Texts in which every value must be found to its last character, and nothing else: tests/evaluation/exact."""

from __future__ import annotations

import pytest

from session_sync.scan.scanner import scanner
from support import scoring


@pytest.mark.parametrize("case", scoring.cases(scoring.EXACT), ids=lambda case: case.id)
def test_what_is_found_is_right_to_the_character(case: scoring.Case) -> None:
    assert scoring.faults(case, scanner.scan(case.text)) == []
