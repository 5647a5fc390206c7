"""The validators that rules name: what decides whether a match is what its rule looks for.

A validator gets a Candidate and returns the place of what was found, or None.
"""

from __future__ import annotations

from collections.abc import Callable

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.rule import Rule
from session_sync.scan.scanner.validators import (
    announced,
    arguments,
    assignments,
    cards,
    cookies,
    ibans,
    ips,
    mailboxes,
    pem,
    phones,
    placeholders,
    sentences,
    social_security,
    stated_tokens,
    tables,
)

Validator = Callable[[Candidate], Place | None]


def of(rule: Rule) -> Validator:
    """The validator that `rule` names, else the one of its type."""
    if rule.validator:
        return _BY_NAME[rule.validator]
    return _secret if rule.type.startswith("secret:") else _anything


def _anything(found: Candidate) -> Place:
    return found.place


def _secret(found: Candidate) -> Place | None:
    is_pem = found.value.startswith("-----BEGIN")  # whose dashes stand for nothing left out
    return found.place if is_pem or not placeholders.is_placeholder(found.value) else None


_BY_NAME: dict[str, Validator] = {
    "any": _anything,
    "assigned-password": assignments.password,
    "assigned-secret": assignments.secret,
    "password": announced.password,
    "connection": announced.connection,
    "stated": sentences.stated,
    "mentioned": sentences.mentioned,
    "login": sentences.login,
    "listed": sentences.listed,
    "passphrase": sentences.passphrase,
    "password-argument": arguments.password,
    "login-argument": arguments.login,
    "column": tables.column,
    "cookie": cookies.cookie,
    "key-column": tables.key_column,
    "token": announced.token,
    "stated-token": stated_tokens.stated_token,
    "token-below": stated_tokens.below,
    "basic-auth": announced.basic_auth,
    "pem-block": pem.block,
    "pem-tail": pem.tail,
    "email": mailboxes.email,
    "ssn": social_security.ssn,
    "credit_card": cards.credit_card,
    "iban": ibans.iban,
    "ip": ips.ip,
    "phone-international": phones.international,
    "phone-north-american": phones.north_american,
    "phone-national": phones.national,
    "phone-named": phones.named,
}
