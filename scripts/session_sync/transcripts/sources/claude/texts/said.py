"""What one speaker says in a text."""

from __future__ import annotations

from typing import NamedTuple

from session_sync.transcripts.session import Hidden, Kind, Role


class Said(NamedTuple):
    """What someone said: a person, if it is of no kind."""

    text: str
    kind: Kind = ""
    sender: str = ""
    hidden: Hidden = ""

    @property
    def role(self) -> Role:
        """In whose name it is shown."""
        return "user" if self.kind in ("", "command", "words") and not self.hidden else "system"
