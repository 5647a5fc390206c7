"""Where the scanner's rules are read from, and what tells one state of them from another."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from session_sync import paths, rule
from session_sync.errors import UsageError
from session_sync.rule import Rule

# Whose change may change a verdict as much as that of a rule.
_JUDGES = [
    "allowlist",
    "assignments",
    "candidate",
    "credentials",
    "engine",
    "gitleaks",
    "personal",
    "phones",
    "plain",
    "rule",
    "scanner",
    "validators",
]


def load(own: Path | None, regional: bool) -> list[Rule]:
    """Our rules, and those of the gitleaks file `own`; raises UsageError when that is wrong.

    `regional` adds the rules that are wanted only where the settings name a region besides the default.
    """
    every = rule.of_content(one for path in sorted(paths.RULES.glob("*.yaml")) for one in rule.of_file(path))
    rules = [one for one in every if regional or not one.regional]
    if own is not None:
        from session_sync import gitleaks

        rules += gitleaks.load(own)
    return rules


@functools.cache
def version(own: Path | None, regional: bool) -> str:
    """A hash of all rules and of the code that judges by them."""
    modules = [Path(__file__).with_name(f"{name}.py") for name in _JUDGES]
    try:
        read = [path.read_bytes() for path in (*sorted(paths.RULES.glob("*.yaml")), *modules, *([own] if own else ()))]
    except OSError as error:
        raise UsageError(
            f"cannot read the rules in {error.filename}: {error.strerror}; mend `rules` in config.yaml"
        ) from None
    return hashlib.sha256(b"\0".join([b"%d" % regional, *read])).hexdigest()
