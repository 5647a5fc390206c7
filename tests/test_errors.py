from __future__ import annotations

import pytest

from session_sync import errors
from session_sync.errors import DEFERRED, DONE, FAILED, USAGE


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], DONE),
        ([DONE, DONE], DONE),
        ([DONE, DEFERRED], DEFERRED),
        ([DEFERRED, FAILED, DONE], FAILED),
        ([DEFERRED, USAGE], USAGE),
    ],
)
def test_of_several_outcomes_the_one_that_wants_the_user_counts(codes: list[int], code: int) -> None:
    assert errors.worst(codes) == code


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "fetch https://ada:hunter2@host/x.git and ssh://git@host/y",
            "fetch https://***@host/x.git and ssh://***@host/y",
        ),
        ("https://ada:p@ss@host/x", "https://***@host/x"),
        ("https://host/a@b, git@host:x", "https://host/a@b, git@host:x"),
    ],
)
def test_no_url_shows_its_password(text: str, shown: str) -> None:
    assert errors.masked(text) == shown
