from __future__ import annotations

import pytest

from session_sync.home.config import Config
from session_sync.scan import from_config
from session_sync.scan.policy import LEVELS, Policy
from support.templates import expand

TEXT = expand(
    "mail anna.novak@brightwater.io from 91.198.174.192 with <<card:4:16>> card 4539 5787 6362 1486"
    " DB_PASSWORD=t9!<<alnum:8>> and ghp_<<alnum:36>>",
    "policy",
)


@pytest.mark.parametrize("inline", [False, True], ids=["", "inline"])
@pytest.mark.parametrize("level", LEVELS)
def test_with_a_policy_the_scanner_finds_what_that_blocks(level: str, inline: bool) -> None:
    policy = Policy(level, inline)
    every = from_config.scanner(Config()).scan(TEXT)
    found = from_config.scanner(Config(), policy).scan(TEXT)
    assert found == [one for one in every if policy.blocks(one)]
    assert len({one.type for one in every}) >= 5


def test_the_rules_of_another_policy_are_not_searched() -> None:
    engine = from_config.scanner(Config(), Policy("standard")).engine
    types = {engine.rules[number].type for number in engine.wanted}
    assert "ip" not in types
    assert {"email", "phone", "credit_card", "secret:password"} <= types
