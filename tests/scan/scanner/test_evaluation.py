"""What the scanner gets right on the labelled texts of tests/evaluation; see scoring.py for how it is counted."""

from __future__ import annotations

import pytest

from session_sync.scan.scanner import scanner
from support import scoring


@pytest.fixture(scope="module")
def score() -> scoring.Score:
    return scoring.score(scanner.scan, scoring.cases(scoring.EVALUATION))


def test_there_are_enough_texts_and_half_of_them_are_clean(score: scoring.Score) -> None:
    total = len(scoring.cases(scoring.EVALUATION))
    assert total >= 600
    assert score.clean >= 0.4 * total


@pytest.mark.parametrize("kind", ["email", "ssn", "phone", "credit_card", "iban", "ip"])
def test_personal_data_is_found(score: scoring.Score, kind: str) -> None:
    assert score.f1(kind) >= 0.97


@pytest.mark.parametrize("kind", ["secret", "password"])
def test_secrets_are_found(score: scoring.Score, kind: str) -> None:
    assert score.f1(kind) >= 0.95, score.missed


def test_clean_texts_stay_clean(score: scoring.Score) -> None:
    assert len(score.flagged) <= 0.01 * score.clean, score.false
