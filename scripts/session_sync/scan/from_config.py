"""The scanner that config.yaml describes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.scan.scanner import rule_files
from session_sync.scan.scanner.rule import Rule

if TYPE_CHECKING:
    from session_sync.scan.policy import Policy
    from session_sync.scan.scanner.scanner import Scanner

_DEFAULT_REGIONS = {"US"}  # everybody has its rules


def scanner(settings: Config, policy: Policy | None = None) -> Scanner:
    """The scanner; with a `policy`, it finds only what that blocks, and is faster.

    Raises UsageError when the user's own rules are wrong.
    """
    from session_sync.scan.scanner import engine
    from session_sync.scan.scanner.scanner import Finding, Scanner

    def blocks(rule: Rule) -> bool:
        return policy is None or policy.blocks(Finding(0, 0, rule.type, rule.id, rule.inline))

    return Scanner(engine.load(_own_rules(settings), _is_regional(settings), blocks), settings.phone_regions)


def version(settings: Config) -> str:
    """A text that differs whenever the same bytes may get another verdict."""
    return f"{rule_files.version(_own_rules(settings), _is_regional(settings))} {','.join(settings.phone_regions)}"


def _own_rules(settings: Config) -> Path | None:
    return paths.expanded(settings.rules) if settings.rules else None


def _is_regional(settings: Config) -> bool:
    return not _DEFAULT_REGIONS.issuperset(settings.phone_regions)
