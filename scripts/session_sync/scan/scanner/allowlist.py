"""What a user's rule lets pass: the allowlists of gitleaks."""

from __future__ import annotations

import functools
import math
import re
import time
from dataclasses import dataclass

from session_sync.scan.scanner import go_regex

SECRET, MATCH, LINE = "secret", "match", "line"
TARGETS = (SECRET, MATCH, LINE)
_SHARE = 3  # a stopword that is at least one part in three of a secret tells what the secret is


@dataclass(frozen=True)
class Allowlist:
    """Conditions under which a match is no finding; one without any condition lets nothing pass.

    `dataclasses.asdict` makes it JSON, `Allowlist(**content)` makes it an Allowlist again.
    """

    regexes: tuple[str, ...] = ()  # of Go, searched for in the target
    target: str = SECRET
    stopwords: tuple[str, ...] = ()
    every: bool = False  # whether both kinds of condition must hold, rather than one

    def __post_init__(self) -> None:
        """Make tuples of the lists that JSON gives."""
        for name in ("regexes", "stopwords"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def allows(self, match: re.Match[str], secret: str, deadline: float = math.inf) -> bool:
        """Whether `secret`, found by `match`, may pass; after `deadline` (time.monotonic) no expression lets it."""
        held = []
        if self.regexes:
            target = self._targeted(match, secret)
            held.append(any(time.monotonic() < deadline and go_regex.is_in(one, target) for one in self.regexes))
        if self.stopwords:
            held.append(any(_is_stopped(secret.lower(), word.lower()) for word in self.stopwords))
        return bool(held) and (all(held) if self.every else any(held))

    def _targeted(self, match: re.Match[str], secret: str) -> str:
        if self.target == SECRET:
            return secret
        return match[0] if self.target == MATCH else _lines(match)


def _lines(match: re.Match[str]) -> str:
    """The lines that `match` touches, as far as the text that was searched holds them."""
    text = match.string
    end = text.find("\n", match.end())
    return text[text.rfind("\n", 0, match.start()) + 1 : end if end >= 0 else len(text)]


def _is_stopped(secret: str, word: str) -> bool:
    """Whether the stopword `word` says what `secret` is; both in lower case.

    For gitleaks it is enough that `word` is in it, and so chance hides long random values (its issue 2198: `hook`
    within a password of 60 letters). Here it must also be a third of the secret or stand apart from letters and digits.
    """
    if not word or word not in secret:
        return False
    return len(word) * _SHARE >= len(secret) or bool(_apart(word).search(secret))


@functools.cache
def _apart(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])")
