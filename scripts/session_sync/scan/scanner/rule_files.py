"""Where the scanner's rules are read from, and what tells one state of them from another."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from session_sync.home import paths
from session_sync.scan.scanner import rule
from session_sync.scan.scanner.rule import Rule

_SCANNER = Path(__file__).parent
_JUDGES = (  # a change of theirs may change a verdict; a library knows which phone numbers there are
    *sorted(_SCANNER.rglob("*.py")),
    _SCANNER.with_name("policy.py"),
    _SCANNER.with_name("files") / "examination.py",
    paths.PLUGIN_ROOT / "requirements.lock",
)


def load(own: Path | None, regional: bool) -> list[Rule]:
    """Our rules, and those of the gitleaks file `own`; raises UsageError when there is no such file.

    `regional` adds the rules that are wanted only where the settings name a region besides the default.
    """
    every = rule.of_content(one for path in sorted(paths.RULES.glob("*.yaml")) for one in rule.of_file(path))
    every.sort(key=lambda one: one.is_by_surroundings)  # what has a form of its own is called by that
    return [one for one in every if regional or not one.regional] + _own_rules(own)


@functools.cache
def version(own: Path | None, regional: bool) -> str:
    """A hash of all rules and of the code that judges by them; raises UsageError when there is no file `own`."""
    read = [path.read_bytes() for path in (*sorted(paths.RULES.glob("*.yaml")), *_JUDGES)]
    owned = repr(_own_rules(own)).encode()  # not the file's bytes: it may extend others
    return hashlib.sha256(b"\0".join([b"%d" % regional, owned, *read])).hexdigest()


@functools.cache
def _own_rules(own: Path | None) -> list[Rule]:
    """The rules in the gitleaks file `own`; says on stderr what of it is not used."""
    if own is None:
        return []
    from session_sync.scan.scanner import own_rules

    return own_rules.load(own)
