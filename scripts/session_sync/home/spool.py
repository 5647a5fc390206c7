"""Tickets: small files that say "there is work", left by hooks and by callers who wait for a round.

A ticket is `<kind>-<id>.json`; while a round serves it, it is `<that name>.claimed`, so that a kill loses nothing;
what became of a waiting caller's ticket is `<that name>.result`.
Standard library and Python 3.9 only: the hooks import it.
"""

from __future__ import annotations

import json
import os
from collections import namedtuple
from contextlib import suppress

from session_sync.home import files, paths

SESSION = "session"  # an agent's session ended or finished a turn
WAITING = "waiting"  # a caller waits for the answer
LEFT = "left"  # nobody waits any more, the work remains
CLAIMED = ".claimed"
RESULT = ".result"


TYPE_CHECKING = False  # importing typing costs a tenth of a hook
if TYPE_CHECKING:
    from typing import Any


class Ticket(namedtuple("Ticket", ("name", "content"))):
    """One request for a round by its file's name; `content` is the object that its writer wants to be known."""

    name: str
    content: dict[str, Any]

    @property
    def kind(self) -> str:
        return self.name.partition("-")[0]


def drop(kind: str, identifier: str = "", **content: Any) -> Ticket:
    """Leave a ticket; the same `identifier` again replaces the earlier one."""
    ticket = Ticket(f"{kind}-{identifier or os.urandom(8).hex()}.json", content)
    files.make_private_dir(paths.spool())
    files.write_atomic(paths.spool() / ticket.name, json.dumps(content).encode(), durable=False)
    return ticket


def pending() -> list[str]:
    """The names of all tickets that no round has finished, whether claimed or not."""
    return sorted({name.removesuffix(CLAIMED) for name in _names()})


def claim() -> list[Ticket]:
    """Take all tickets for the round that begins now; only the holder of the round's lock may."""
    taken = []
    for name in pending():
        claimed = paths.spool() / (name + CLAIMED)
        with suppress(FileNotFoundError):  # claimed by a round that was killed, or taken back by its writer
            os.replace(paths.spool() / name, claimed)
        try:
            content = json.loads(claimed.read_bytes())
        except FileNotFoundError:
            continue
        except (ValueError, RecursionError):
            content = {}  # damaged: it still says that there is work
        taken.append(Ticket(name, content if isinstance(content, dict) else {}))
    return taken


def finish(ticket: Ticket, result: dict[str, Any] | None, keep: bool) -> None:
    """End a claimed ticket: tell the waiting caller `result`; `keep` leaves the work for the next round."""
    claimed = paths.spool() / (ticket.name + CLAIMED)
    if ticket.kind == WAITING and result is not None:
        files.write_atomic(paths.spool() / (ticket.name + RESULT), json.dumps(result).encode(), durable=False)
    elif keep and not (paths.spool() / ticket.name).exists():
        os.replace(claimed, paths.spool() / ticket.name)
        return
    claimed.unlink(missing_ok=True)


def result(ticket: Ticket) -> dict[str, Any] | None:
    """What a round said to the waiting `ticket`, once; None while there is no answer."""
    answer = paths.spool() / (ticket.name + RESULT)
    try:
        content: dict[str, Any] = json.loads(answer.read_bytes())
    except FileNotFoundError:
        return None
    answer.unlink(missing_ok=True)
    return content


def leave(ticket: Ticket) -> None:
    """Stop waiting but keep the work for the round in progress or the next one."""
    left = paths.spool() / f"{LEFT}-{ticket.name.partition('-')[2]}"
    try:
        os.replace(paths.spool() / ticket.name, left)
    except FileNotFoundError:
        drop(LEFT, **ticket.content)  # claimed just now: a round more does no harm, a round less might


def sweep(older_than: float) -> None:
    """Remove answers that nobody fetched, written before `older_than` (seconds since the epoch)."""
    for path in paths.spool().glob(f"*{RESULT}"):
        with suppress(FileNotFoundError):  # fetched at this moment
            if path.stat().st_mtime < older_than:
                path.unlink()


def _names() -> list[str]:
    try:
        with os.scandir(paths.spool()) as found:
            names = [entry.name for entry in found if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return [name for name in names if not name.startswith(".") and name.endswith((".json", ".json" + CLAIMED))]
