from __future__ import annotations

from session_sync.scan.scanner import macros


def test_a_macro_may_be_of_others() -> None:
    made = macros.filled_in("%GIVEN_CHANCE%|%ESCAPED%|100%")
    assert made.endswith(f"|{macros.ESCAPED}|100%")
    assert "%CHANCE%" not in made
    assert "%LATER%" not in made


def test_what_is_no_macro_stays() -> None:
    assert macros.filled_in("%20 %nothing%") == "%20 %nothing%"
