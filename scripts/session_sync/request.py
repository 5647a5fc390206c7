"""What a caller of a round asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from session_sync import project


@dataclass(frozen=True)
class Request:
    """The projects to sync, all when no filter is set, and how."""

    projects: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    skip_pii_check: bool = False
    force: bool = False
    https: bool = False

    @property
    def can_share(self) -> bool:
        """Whether one round can serve this along with other callers' requests."""
        return not (self.skip_pii_check or self.force or self.https)

    @property
    def is_filtered(self) -> bool:
        return bool(self.projects or self.tenants)

    def wants(self, name: str) -> bool:
        """Whether project `name` is asked for."""
        return not self.is_filtered or name in self.projects or project.tenant(name) in self.tenants

    def as_ticket(self) -> dict[str, list[str]]:
        """The content of a ticket that asks for the same projects."""
        return {"projects": list(self.projects), "tenants": list(self.tenants)}

    @classmethod
    def of_tickets(cls, contents: Iterable[Mapping[str, Any]]) -> Request:
        """The request that covers all tickets: one without filters asks for everything."""
        asked = [cls(_names(one.get("projects")), _names(one.get("tenants"))) for one in contents]
        if not all(one.is_filtered for one in asked):
            return cls()
        return cls(
            tuple(name for one in asked for name in one.projects),
            tuple(name for one in asked for name in one.tenants),
        )


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()
