"""Expands texts with made-up values, so that nothing in the repository looks like somebody's secret.

`<<alnum:36>>` becomes 36 random letters and digits; the same seed gives the same text. `⟦type|value⟧` labels a value
that a scanner must find, `⟦-|value⟧` one that is not scored either way; labels are taken out of the text.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
import uuid
from collections.abc import Callable
from typing import NamedTuple

_ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digits": string.digits,
    "letters": string.ascii_letters,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "base32": string.ascii_uppercase + "234567",
    "base64": string.ascii_letters + string.digits + "+/",
    "base64url": string.ascii_letters + string.digits + "-_",
}
_TEMPLATE = re.compile(r"<<([A-Za-z0-9]+)(?::([^<>]*))?>>")
_LABEL = re.compile(r"⟦([^|⟧]*)\|(.*?)⟧", re.DOTALL)
_PEM_LINE = 64
_IBANS = {"DE": "18", "FR": "23", "ES": "20", "AT": "16", "CH": "17", "BE": "12", "DK": "14", "PL": "24", "PT": "21"}


class Labelled(NamedTuple):
    """A value in a text: its type ("-" for unscored) and its place in characters."""

    type: str
    start: int
    end: int


def expand(text: str, seed: str) -> str:
    """`text` with its templates filled in, by chance that `seed` fixes."""
    chance = random.Random(seed)
    return _TEMPLATE.sub(lambda match: _value(chance, match[1], match[2] or ""), text)


def labelled(text: str, seed: str) -> tuple[str, list[Labelled]]:
    """The expanded `text` without its labels, and what they labelled."""
    plain, labels, at = "", [], 0
    text = expand(text, seed)
    for match in _LABEL.finditer(text):
        plain += text[at : match.start()]
        labels.append(Labelled(match[1], len(plain), len(plain) + len(match[2])))
        plain, at = plain + match[2], match.end()
    return plain + text[at:], labels


def luhn_digit(digits: str) -> str:
    """The check digit to append to `digits` (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return str(-sum(value - 9 * (value > 9) for value in doubled) % 10)


def _value(chance: random.Random, name: str, argument: str) -> str:
    if name in _ALPHABETS:
        return "".join(chance.choices(_ALPHABETS[name], k=int(argument)))
    return _MAKERS[name](chance, argument)


def _uuid(chance: random.Random, _: str) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _card(chance: random.Random, argument: str) -> str:
    """`prefix:length`: a card number."""
    prefix, _, length = argument.partition(":")
    digits = prefix + "".join(chance.choices(string.digits, k=int(length) - len(prefix) - 1))
    return digits + luhn_digit(digits)


def _iban(chance: random.Random, country: str) -> str:
    """An IBAN of a country whose account numbers are digits (ISO 13616: 98 minus the remainder by 97)."""
    account = "".join(chance.choices(string.digits, k=int(_IBANS[country])))
    number = int("".join(str(int(letter, 36)) for letter in account + country + "00"))
    return f"{country}{98 - number % 97:02}{account}"


def _password(chance: random.Random, _: str) -> str:
    word = chance.choice(["Kestrel", "harbour", "Quartz", "velvet", "Tundra", "maple"])
    return word + chance.choice("!#$_-%.") + "".join(chance.choices(_ALPHABETS["alnum"], k=chance.randint(4, 9)))


def _jwt(chance: random.Random, _: str) -> str:
    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    header, body = {"alg": "HS256", "typ": "JWT"}, {"sub": str(chance.getrandbits(40)), "iat": chance.getrandbits(30)}
    return f"{part(header)}.{part(body)}.{''.join(chance.choices(_ALPHABETS['base64url'], k=43))}"


def _pem(chance: random.Random, argument: str) -> str:
    r"""`lines:separator`: lines of base64, one to a line, or with what stands between them, such as `\n` escaped."""
    lines, _, separator = argument.partition(":")
    made = ["".join(chance.choices(_ALPHABETS["base64"], k=_PEM_LINE)) for _ in range(int(lines))]
    return (separator or "\n").join(made)


_MAKERS: dict[str, Callable[[random.Random, str], str]] = {
    "uuid": _uuid,
    "card": _card,
    "iban": _iban,
    "password": _password,
    "jwt": _jwt,
    "pem": _pem,
}
