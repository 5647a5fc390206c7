from __future__ import annotations

import pytest

from session_sync.home import config
from session_sync.scan import policy
from session_sync.scan.policy import Policy
from session_sync.scan.scanner.scanner import Finding

TYPES = ("secret:password", "credit_card", "email", "phone", "ssn", "iban", "ip")


def finding(kind: str, inline: bool = False) -> Finding:
    return Finding(0, 5, kind, "a-rule", inline)


@pytest.mark.parametrize(
    ("level", "blocked"),
    [("off", ()), ("secrets", TYPES[:2]), ("standard", TYPES[:6]), ("strict", (*TYPES, "a_type_to_come"))],
)
def test_a_level_blocks_its_types_and_those_of_the_levels_before(level: str, blocked: tuple[str, ...]) -> None:
    every = (*TYPES, "a_type_to_come")
    assert tuple(kind for kind in every if Policy(level).blocks(finding(kind))) == blocked


@pytest.mark.parametrize("level", policy.LEVELS[1:])
def test_only_inline_credentials_may_be_kept(level: str) -> None:
    keeping = Policy(level, keep_credentials=True)
    assert not keeping.blocks(finding("secret:password", inline=True))
    assert keeping.blocks(finding("secret:private_key"))
    assert keeping.blocks(finding("credit_card"))


def test_the_key_tells_policies_apart() -> None:
    every = [Policy(level, keep) for level in policy.LEVELS for keep in (False, True)]
    assert len({one.key for one in every}) == len(every)
    assert (str(Policy("strict")), Policy("secrets", True).key) == ("strict", "secrets+inline")


SETTINGS = config.parse(
    b"""
policies:
  - {match: "cust-acme-demo*", policy: off}
  - {match: "CUST-acme-*", credentials: inline}
  - {match: "CUST-globex-*", policy: secrets}
  - {match: "CUST-initech*", policy: strict}
  - {match: pilot, policy: standard, credentials: withhold}
  - {match: "*LOT", policy: strict}
tenants:
  globex: {policy: standard}
  initech: {policy: off}
"""
)


@pytest.mark.parametrize(
    ("project", "key"),
    [
        ("general", "secrets"),
        ("CUST-other", "strict"),
        ("clients-CUST-other", "strict"),
        ("CUST-ACME-demo-1", "off"),
        ("CUST-acme-fpa", "strict+inline"),
        ("CUST-globex-x", "standard"),
        ("CUST-Globex", "strict"),
        ("CUST-initech-x", "strict"),
        ("PILOT", "standard"),
        ("ALLOT", "strict"),
    ],
)
def test_the_first_rule_decides_and_a_tenant_only_tightens(project: str, key: str) -> None:
    assert policy.of_project(project, SETTINGS).key == key


@pytest.mark.parametrize(
    ("project", "text", "is_kept"),
    [
        ("PILOT", "", True),
        ("general", "", True),
        ("unknown", "", False),
        ("CUST-acme", "", False),
        ("clients-CUST-acme", "pictures: keep", False),
        ("PILOT", "pictures: note", False),
        ("CUST-acme", "policies: [{match: 'cust-*', pictures: keep}]", True),
        ("unknown", "policies: [{match: '*', pictures: keep}]", False),
        ("PILOT", "policies: [{match: pilot, pictures: note}, {match: '*', pictures: keep}]", False),
        ("CUST-acme", "policies: [{match: 'CUST-*', policy: secrets}]", False),
    ],
)
def test_pictures_of_customers_stay_only_by_a_rule(project: str, text: str, is_kept: bool) -> None:
    assert policy.keeps_pictures(project, config.parse(text.encode())) == is_kept


def test_without_settings_customers_are_strict() -> None:
    assert policy.of_project("CUST-acme", config.Config()) == Policy("strict")
    assert policy.of_project("PILOT", config.Config()) == Policy()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Policy("off"), Policy("strict"), Policy("strict")),
        (Policy("strict", keep_credentials=True), Policy("secrets"), Policy("strict")),
        (Policy("secrets", keep_credentials=True), Policy("off", keep_credentials=True), Policy("secrets", True)),
    ],
)
def test_the_stricter_of_two_policies_blocks_what_either_does(one: Policy, other: Policy, expected: Policy) -> None:
    assert policy.union(one, other) == policy.union(other, one) == expected
