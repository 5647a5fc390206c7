"""What a caller of a round asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from session_sync.identity import project


@dataclass(frozen=True)
class Request:
    """The projects to sync, all when no filter is set, and how.

    Transcripts are all looked at, or without `sweep` just those named.
    """

    projects: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    sweep: bool = True
    transcripts: tuple[str, ...] = ()
    skip_pii_check: bool = False
    push_purged: bool = False
    force: bool = False
    https: bool = False

    @property
    def can_share(self) -> bool:
        """Whether one round can serve this along with other callers' requests."""
        return not (self.skip_pii_check or self.push_purged or self.force or self.https)

    @property
    def is_filtered(self) -> bool:
        return bool(self.projects or self.tenants)

    def wants(self, name: str) -> bool:
        """Whether project `name` is asked for."""
        return not self.is_filtered or name in self.projects or project.tenant(name) in self.tenants

    def as_ticket(self) -> dict[str, Any]:
        """The content of a ticket that asks for the same projects."""
        return {"projects": list(self.projects), "tenants": list(self.tenants), "sweep": self.sweep}

    @classmethod
    def of_tickets(cls, contents: Iterable[Mapping[str, Any]]) -> Request:
        """The request that covers all tickets: one without filters asks for all projects."""
        asked = [cls._of_ticket(one) for one in contents]
        sweep = any(one.sweep for one in asked)
        transcripts = tuple(name for one in asked for name in one.transcripts) if not sweep else ()
        if not all(one.is_filtered for one in asked):
            return cls(sweep=sweep, transcripts=transcripts)
        return cls(
            tuple(name for one in asked for name in one.projects),
            tuple(name for one in asked for name in one.tenants),
            sweep,
            transcripts,
        )

    @classmethod
    def _of_ticket(cls, content: Mapping[str, Any]) -> Request:
        """What a ticket asks for; a hook's names a transcript."""
        transcript = content.get("transcript_path")
        if isinstance(transcript, str):
            return cls(sweep=False, transcripts=(transcript,))
        return cls(_names(content.get("projects")), _names(content.get("tenants")), content.get("sweep") is not False)


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()
