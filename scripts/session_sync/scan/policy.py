"""Which findings keep a project's data from leaving."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from session_sync.home.config import UNKNOWN, Config, PolicyRule
from session_sync.identity import project as projects

if TYPE_CHECKING:
    from session_sync.scan.scanner.scanner import Finding

LEVELS = ("off", "secrets", "standard", "strict")
_LEVEL_OF = {  # from which level on a type blocks; secrets do from `secrets` on, all others at `strict`
    "credit_card": "secrets",
    "email": "standard",
    "phone": "standard",
    "ssn": "standard",
    "iban": "standard",
}


@dataclass(frozen=True)
class Policy:
    """What blocks: one of LEVELS, and whether credentials that teams keep in their logs may pass."""

    level: str = "secrets"
    keep_credentials: bool = False

    @property
    def key(self) -> str:
        """The policy as a text, for caches: "strict", "secrets+inline"."""
        return f"{self.level}+inline" if self.keep_credentials else self.level

    @property
    def is_off(self) -> bool:
        """Whether nothing blocks."""
        return self.level == LEVELS[0]

    def __str__(self) -> str:
        return self.key

    def blocks(self, finding: Finding) -> bool:
        """Whether data with `finding` in it must not leave."""
        if self.keep_credentials and finding.inline:
            return False
        least = "secrets" if finding.type.startswith("secret:") else _LEVEL_OF.get(finding.type, "strict")
        return LEVELS.index(self.level) >= LEVELS.index(least)


def of_project(project: str, config: Config, default: str = "secrets") -> Policy:
    """The policy of `project`: its first rule in config.yaml, else the `default`, tightened by its tenant's.

    A customer's project is `strict` by default. So are sessions whose project is not known, unless a rule names just
    them: they may be any customer's.
    """
    rule = _rule(project, config)
    level = rule.policy or (default if _is_open(project) else "strict")
    least = config.tenants.get(projects.tenant(project) or "", LEVELS[0])
    return Policy(max(level, least, key=LEVELS.index), rule.credentials == "inline")


def keeps_pictures(project: str, config: Config) -> bool:
    """Whether pictures in transcripts of `project` may be kept and leave: nothing can tell what is on them.

    A customer's, and those of nobody knows whom, only when a rule of the project says so.
    """
    rule = _rule(project, config)
    if rule.pictures:
        return rule.pictures == "keep"
    return config.pictures and _is_open(project)


def union(one: Policy, other: Policy) -> Policy:
    """The policy that blocks what either of two does."""
    level = max(one.level, other.level, key=LEVELS.index)
    return Policy(level, one.keep_credentials and other.keep_credentials)


def _rule(project: str, config: Config) -> PolicyRule:
    """The first rule in config.yaml that `project` matches."""
    return next((one for one in config.policies if _fits(project, one)), PolicyRule(project))


def _is_open(project: str) -> bool:
    """Whether `project` is neither a customer's nor of nobody knows whom."""
    return project != UNKNOWN and not projects.is_customer(project)


def _fits(project: str, rule: PolicyRule) -> bool:
    if project == UNKNOWN:
        return rule.match == project  # a pattern for all projects does not mean it
    return fnmatchcase(project.casefold(), rule.match.casefold())
