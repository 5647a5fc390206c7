"""What a user's rule lets pass: the allowlists of gitleaks."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

SECRET, MATCH, LINE = "secret", "match", "line"
TARGETS = (SECRET, MATCH, LINE)
_SHARE = 3  # a stopword that is at least one part in three of a secret tells what the secret is


@dataclass(frozen=True)
class Allowlist:
    """Conditions under which a match is no finding; one without any condition lets nothing pass.

    `dataclasses.asdict` makes it JSON, `Allowlist(**content)` makes it an Allowlist again.
    """

    regexes: tuple[str, ...] = ()  # of Python's re, searched in the target
    target: str = SECRET
    stopwords: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()  # of Python's re, searched in the file's path
    every: bool = False  # whether all kinds of condition that are given must hold, rather than one

    def __post_init__(self) -> None:
        """Make tuples of the lists that JSON gives; raises ValueError when there is no such target."""
        if self.target not in TARGETS:
            raise ValueError(f"no such target: {self.target!r}")
        for name in ("regexes", "stopwords", "paths"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def allows(self, match: re.Match[str], secret: str, path: str) -> bool:
        """Whether `secret`, found by `match` in the file `path`, may pass; an empty path is not known, none fits it."""
        held = []
        if self.paths:
            held.append(bool(path) and _any(self.paths, path))
        if self.regexes:
            held.append(_any(self.regexes, self._targeted(match, secret)))
        if self.stopwords:
            held.append(any(_is_stopped(secret.lower(), word.lower()) for word in self.stopwords))
        return bool(held) and (all(held) if self.every else any(held))

    def _targeted(self, match: re.Match[str], secret: str) -> str:
        if self.target == SECRET:
            return secret
        return match[0] if self.target == MATCH else _lines(match)


def _any(patterns: tuple[str, ...], text: str) -> bool:
    return any(_compiled(pattern).search(text) for pattern in patterns)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


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
