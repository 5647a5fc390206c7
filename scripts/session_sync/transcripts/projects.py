"""Which project holds for a session that several lead to: the one that is kept apart from the others.

A project is apart when it is a customer's, when nobody knows it, or when settings send it elsewhere or scan it more
strictly than an ordinary one. What a session of such a project says must not be treated as everybody's.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from session_sync.home.config import UNKNOWN, Config
from session_sync.identity import project
from session_sync.scan import policy
from session_sync.scan.policy import LEVELS

_ORDINARY = "\n"  # a project that only a pattern for all of them matches


def is_apart(name: str, settings: Config) -> bool:
    """Whether the project `name` is kept apart from ordinary ones; one that goes further than those is not."""
    if name == UNKNOWN or project.is_customer(name):
        return True
    usual = settings.repository_of(_ORDINARY)
    is_elsewhere = usual is not None and settings.repository_of(name) != usual
    return is_elsewhere or _strictness(name, settings) > _strictness(_ORDINARY, settings)


def joined(names: Iterable[str], settings: Config) -> str:
    """The project of a session that all of `names`, of which there is at least one, lead to.

    The first one, unless a later one is apart, or goes nowhere; UNKNOWN where two are apart that go to different
    repositories.
    """
    return functools.reduce(lambda one, other: _of_two(one, other, settings), names)


def _of_two(one: str, other: str, settings: Config) -> str:
    if one == other:
        return one
    if not is_apart(other, settings):
        stays = is_apart(one, settings) or settings.repository_of(other) is not None
        return one if stays else other
    if not is_apart(one, settings):
        return other
    if UNKNOWN in (one, other) or settings.repository_of(one) != settings.repository_of(other):
        return UNKNOWN
    return other if _strictness(other, settings) > _strictness(one, settings) else one


def _strictness(name: str, settings: Config) -> int:
    return LEVELS.index(policy.of_project(name, settings).level)
