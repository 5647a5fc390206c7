"""What a sync leaves and withholds, for tests."""

from __future__ import annotations

from support.members import Member
from support.templates import expand

SECRET = expand("ghp_<<alnum:36>>", "tree")
LINE = f"token = {SECRET}\n"


def left(member: Member, **env: str) -> dict[str, str]:
    """The paths that a sync leaves, each with its reason."""
    return {one["path"]: one["reason"] for one in member.sync(**env).tree["left"]}


def withheld(member: Member) -> set[tuple[str, int, str]]:
    """What a sync withholds: paths, lines and types."""
    return {(one["path"], one["line"], one["type"]) for one in member.sync().tree["withheld"]}
