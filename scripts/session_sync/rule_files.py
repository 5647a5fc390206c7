"""Where the scanner's rules are read from, and what tells one state of them from another."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from session_sync import paths, rule
from session_sync.rule import Rule

# Whose change may change a verdict as much as that of a rule.
_JUDGES = """allowlist assignments candidate credentials engine gitleaks go_regex go_tokens personal phones plain policy
regex_characters regex_shape rule scan_stream scanner toml_table validators"""


def load(own: Path | None, regional: bool) -> list[Rule]:
    """Our rules, and those of the gitleaks file `own`; raises UsageError when that is wrong.

    `regional` adds the rules that are wanted only where the settings name a region besides the default.
    """
    every = rule.of_content(one for path in sorted(paths.RULES.glob("*.yaml")) for one in rule.of_file(path))
    return [one for one in every if regional or not one.regional] + _own_rules(own)


@functools.cache
def version(own: Path | None, regional: bool) -> str:
    """A hash of all rules and of the code that judges by them; raises UsageError when the rules of `own` are wrong."""
    modules = [Path(__file__).with_name(f"{name}.py") for name in _JUDGES.split()]
    read = [path.read_bytes() for path in (*sorted(paths.RULES.glob("*.yaml")), *modules)]
    owned = repr(_own_rules(own)).encode()  # not the file's bytes: it may extend others
    return hashlib.sha256(b"\0".join([b"%d" % regional, owned, *read])).hexdigest()


def _own_rules(own: Path | None) -> list[Rule]:
    if own is None:
        return []
    from session_sync import gitleaks

    return gitleaks.load(own)
