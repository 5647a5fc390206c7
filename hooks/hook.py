#!/bin/sh
""":" # Every hook of session-sync: reads the event on standard input, leaves a ticket, starts a worker, never blocks.
# The event is one JSON document; a client may leave its end of the pipe open, so nobody waits for the end of the input.
# Whatever comes in, or does not, it exits 0, and prints nothing but how many notes of other users wait when a session
# starts: an agent must not notice it. Standard library and Python 3.9 only. `python3` may be too old, a slow shim, or
# missing: the Python of one of the launcher's environments comes first.
for python in "${SESSION_SYNC_HOME:-${HOME-}/.session-sync}"/environments*/*/bin/python; do
    [ -x "$python" ] && exec "$python" -I -S -B "$0"
done
for python in python3 python3.14 python3.13 python3.12 python3.11 python /usr/bin/python3; do
    if "$python" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 9))' </dev/null >/dev/null 2>&1; then
        exec "$python" -I -S -B "$0"
    fi
done
exit 0
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

TYPE_CHECKING = False  # importing typing costs a tenth of the hook
if TYPE_CHECKING:
    from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from session_sync import streams, system  # noqa: E402 - found by the line above
from session_sync.errors import SessionSyncError, told  # noqa: E402 - found by the line above
from session_sync.home import files, paths, spool, users_folder  # noqa: E402 - found by the line above

SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
LOG_LIMIT = 1_000_000  # bytes of the background log before it is put aside
SILENCE = 1.0  # seconds in which nothing of the event comes before it is given up
LONGEST = 2.0  # seconds for all of it: clients give a hook little more at the end of a session


def main() -> None:
    event = _read_event()
    if event is None:
        _sweep()
        return
    name = event.get("hook_event_name")
    if name == "SessionStart":
        _tell_of_notes()
        files.make_private_dir(paths.drafts())  # before the agent's own tools make it readable for others
    if not paths.config_file().exists():
        return  # no remote yet: the first sync takes everything
    if name == "SessionStart":
        if spool.pending():  # what a killed client or an unreachable remote left
            _start_worker()
    elif name in ("Stop", "SessionEnd") and _is_session(event):
        spool.drop(
            spool.SESSION,
            event["session_id"],
            event=name,
            session_id=event["session_id"],
            transcript_path=event["transcript_path"],
            cwd=str(event.get("cwd", "")),
        )
        if name == "SessionEnd":
            _start_worker()


def _tell_of_notes() -> None:
    """Tell the agent how many notes wait; not a word of theirs, which other users wrote."""
    try:
        names = os.listdir(paths.unread_notes())
    except OSError:
        return
    count = sum(name.endswith(".json") for name in names)
    if count:
        from session_sync.text.lines import counted

        notes = counted(count, "unread note")
        print(f"session-sync: {notes} from other users; see /sync (or: scripts/run sync --notes).", flush=True)


def _sweep() -> None:
    """Have a round look for itself: something happened, and nobody knows what."""
    if paths.config_file().exists():
        spool.drop(spool.LEFT, "untold")
        _start_worker()


def _read_event() -> dict[str, Any] | None:
    """The event, as soon as it is whole; {} for another document, None when there is no whole one."""
    received = bytearray()
    for chunk in system.arriving(sys.stdin, SILENCE, LONGEST):
        received += chunk
        if chunk.rstrip(b" \t\r\n\0").endswith(b"}"):  # perhaps the last one; UTF-16 has a NUL after it
            event = _first_document(received)
            if event is not None:
                return event
    return _first_document(received)


def _first_document(received: bytearray) -> dict[str, Any] | None:
    """The object that `received` begins with, {} when it is another document, None when none is whole."""
    text = received.decode(json.detect_encoding(received), "replace").lstrip("\ufeff \t\r\n")
    try:
        event, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else {}


def _is_session(event: dict[str, Any]) -> bool:
    """Whether the event names a session that was really held: where nothing was typed there is no transcript."""
    session, transcript = event.get("session_id"), event.get("transcript_path")
    if not (isinstance(session, str) and SESSION_ID.fullmatch(session) and isinstance(transcript, str)):
        return False
    return "\0" not in transcript and os.path.isfile(transcript)


def _start_worker() -> None:
    """Run a round that outlives the client; what it says goes to the background log."""
    log = paths.background_log()
    files.make_private_dir(log.parent)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        os.replace(log, log.with_suffix(".old.log"))
    launcher = [str(paths.LAUNCHER)] if not system.WINDOWS else [sys.executable, str(paths.LAUNCHER)]
    system.spawn_detached([*launcher, "sync-logs", "--named"], log)


def _reason(error: Exception) -> str:
    """What went wrong, in one line that quotes no transcript."""
    if isinstance(error, SessionSyncError):
        return str(error)
    return told(error) if isinstance(error, OSError) else type(error).__name__


if __name__ == "__main__":
    system.keep_private()
    streams.secure()
    try:
        users_folder.provide()
        main()
    except Exception as error:  # noqa: BLE001 - the boundary of a hook: an agent must never see it fail
        print(f"session-sync hook: {_reason(error)}", file=sys.stderr)
    sys.exit(0)
