"""Of several projects that a session leads to, the one that is kept apart holds."""

from __future__ import annotations

import pytest

from session_sync.home.config import Config, PolicyRule
from session_sync.transcripts import projects

APART = Config(
    {"default": "/common", "acme": "/acme", "beta": "/beta"},
    routing=(("CUST-acme*", "acme"), ("CUST-beta*", "beta"), ("DELTA", "none")),
    policies=(PolicyRule("SECRET*", policy="strict"), PolicyRule("LOUD", policy="off")),
)


@pytest.mark.parametrize("name", ["CUST-other", "my-cust-app", "unknown", "DELTA", "delta", "SECRET-x"])
def test_a_project_is_apart_by_its_name_or_by_the_settings(name: str) -> None:
    assert projects.is_apart(name, APART)


@pytest.mark.parametrize("name", ["loom", "general", "LOUD"])
def test_an_ordinary_project_is_not(name: str) -> None:
    assert not projects.is_apart(name, APART)
    assert not projects.is_apart("DELTA", Config())


def test_where_nothing_leaves_as_a_rule_what_may_does_not_take_the_rest_with_it() -> None:
    settings = Config({"default": "/public"}, routing=(("oss-*", "default"), ("*", "none")))
    assert not projects.is_apart("oss-tool", settings)
    assert projects.joined(["shop", "oss-tool"], settings) == "shop"
    assert projects.joined(["oss-tool", "shop"], settings) == "shop"
    assert projects.joined(["oss-tool", "oss-site"], settings) == "oss-tool"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["loom"], "loom"),
        (["loom", "warp"], "loom"),
        (["loom", "CUST-acme"], "CUST-acme"),
        (["CUST-acme", "loom", "CUST-acme-app"], "CUST-acme"),
        (["loom", "SECRET-x", "warp"], "SECRET-x"),
        (["CUST-acme", "CUST-beta"], "unknown"),
        (["CUST-acme", "DELTA"], "unknown"),
        (["loom", "unknown"], "unknown"),
        (["CUST-acme", "unknown", "CUST-acme"], "unknown"),
    ],
)
def test_of_several_the_one_that_is_apart_holds(names: list[str], expected: str) -> None:
    assert projects.joined(names, APART) == expected
