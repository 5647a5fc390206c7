"""Decides on values in the cells of tables, by the head of their column."""

from __future__ import annotations

import itertools
import re

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import credentials

_PASSWORD_COLUMN = re.compile(
    r"(?i:[\w ]{0,12}(?:password|passwd|passwort|kennwort|passphrase|mot de passe|contrase[ñn]a|senha|pwd|pw))"
)


def column(found: Candidate) -> Place | None:
    """A password in the cell of a Markdown table whose column says so; the table's head stands above."""
    lines = found.text[: found.start].split("\n")
    rows = list(itertools.takewhile(lambda line: line.lstrip(" >+-").startswith("|"), reversed(lines)))
    head = rows[-1].split("|") if len(rows) > 1 else []
    at = rows[0].count("|") if rows else 0
    named = at < len(head) and _PASSWORD_COLUMN.fullmatch(head[at].strip(" *`"))
    return found.place if named and credentials.is_password(found.value, quoted=True) else None
