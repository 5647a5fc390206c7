"""Writes a session log from the narrative on standard input, then syncs it.

What a sync needs is imported once the log is on disk: it takes longer than all the rest.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from session_sync import cli
from session_sync.errors import DONE, STATUS, SessionSyncError, UsageError, UserError, told
from session_sync.home import config, drafts, lock, paths, spool
from session_sync.logs import narrative
from session_sync.logs.place import WantedPlace
from session_sync.logs.save import Saved, write_log
from session_sync.text.lines import printable

if TYPE_CHECKING:
    from session_sync.sync.report import SaveTreeReport

LONGEST_ID = 200


class Synced(msgspec.Struct):
    """How a sync ended, or why there was none; `summary` is for people."""

    code: int
    status: str
    summary: list[str]


class SaveReport(msgspec.Struct):
    """The log that was saved, and what became of its sync, which has "code", "status" and "summary"."""

    path: str
    project: str
    tree: str | None
    updated: bool
    status: str
    code: int
    sync: Synced | SaveTreeReport | dict[str, Any]


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    text = narrative.decode_narrative(_read(options.draft))
    settings, mistake = config.load_anyway()  # a wrong one keeps no log from being saved
    wanted = WantedPlace(options.project, options.client, options.in_tree)
    try:
        saved = write_log(text, wanted, options.topic, options.session_id, settings)
    except OSError as error:
        raise _unsaved(text, options.draft, told(error)) from None
    if options.draft:
        options.draft.unlink(missing_ok=True)  # the log is whole on disk
    if not options.json:
        print(saved.path, flush=True)
    place, sync = saved.place, _failed(mistake) if mistake else _sync(saved, options, settings)
    ended = Synced(sync["code"], sync["status"], sync["summary"]) if isinstance(sync, dict) else sync
    if not options.quiet or ended.code != DONE:
        for line in (*place.warnings, *ended.summary):
            print(printable(line if place.tree else f"saved; {line}"), file=sys.stderr)
    tree = str(place.tree) if place.tree else None
    report = SaveReport(str(saved.path), place.project, tree, saved.updated, ended.status, ended.code, sync)
    cli.report(options, report)
    return ended.code


def _unsaved(text: str, draft: Path | None, why: str) -> UserError:
    """The error that tells where the narrative `text`, which cannot be saved, is kept until it can."""
    draft = draft or drafts.keep(text.encode())
    kept = f"run the same with --draft {draft}" if draft else "no draft of it can be written either"
    return UserError(f"{why}; not saved yet: {kept}")


def _read(draft: Path | None) -> bytes:
    """The narrative: the file `draft`, which is kept until the log is whole on disk, else standard input."""
    if draft is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("the narrative is read from standard input: scripts/run save --topic TOPIC < narrative.md")
        return sys.stdin.buffer.read()
    try:
        return draft.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the draft {draft}: {error.strerror}; write it and save again") from None


def _sync(
    saved: Saved, options: argparse.Namespace, settings: config.Config
) -> Synced | SaveTreeReport | dict[str, Any]:
    """Run the round that carries the saved log to its repository; a failure there never undoes the save."""
    try:
        if saved.place.tree:
            return _sync_tree(saved, saved.place.tree, options, settings)
        return _sync_store(options, settings)
    except SessionSyncError as error:
        return _failed(error)
    except OSError as error:
        return _failed(UserError(f"not synced: {told(error)}"))


def _sync_store(options: argparse.Namespace, settings: config.Config) -> Synced | dict[str, Any]:
    if options.no_sync:
        spool.drop(spool.LEFT, "unsynced")  # the next session's start sees it
    if options.no_sync or not settings.repositories:
        reason = "not synced (--no-sync)" if options.no_sync else "no remote yet"
        return Synced(DONE, STATUS[DONE], [reason])
    from session_sync.sync_logs.repository.request import Request
    from session_sync.sync_logs.round import share

    return share(Request(sweep=False), options.wait)  # transcripts are the hooks' and sync-logs' work


def _sync_tree(
    saved: Saved, root: Path, options: argparse.Namespace, settings: config.Config
) -> Synced | SaveTreeReport:
    if options.no_sync:
        return Synced(DONE, STATUS[DONE], ["saved, not committed (--no-sync); /sync takes it along"])
    from session_sync.sync.save_round import Saving, save_in_tree

    try:
        draft = _read(options.wiki) if options.wiki else None
    except UsageError:
        draft = None  # the wiki's part then says that it had none; the log is committed all the same
    with lock.held_for_round(options.wait) as progress:
        report = save_in_tree(Saving(root, saved.path, saved.place.scope, draft), settings, progress)
    if options.wiki and report.wiki.status == "compiled":
        options.wiki.unlink(missing_ok=True)
    return report


def _failed(error: SessionSyncError) -> Synced:
    return Synced(error.code, STATUS.get(error.code, "failed"), [str(error)])


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("save", "Write a session log from the narrative on standard input, and sync it.")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument(
        "--project",
        help="default: the folder's: by the configured mapping, a customer's name in its path, or the repository's",
    )
    scope.add_argument("--client", help="in a shared tree: the client that the session was for")
    parser.add_argument("--topic", help="what the session was about, in a few words")
    found = cli.client_session()[:LONGEST_ID]
    parser.add_argument("--session-id", type=lambda text: text[:LONGEST_ID], default=found,
                        help="the client's session id; the same id again updates its log")  # fmt: skip
    parser.add_argument("--draft", type=paths.expanded, metavar="FILE",
                        help="read the narrative from FILE, and remove it once it is saved")  # fmt: skip
    parser.add_argument("--wiki", type=paths.expanded, metavar="FILE",
                        help="in a shared tree: the draft of the wiki article (see wiki prepare)")  # fmt: skip
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--tree", dest="in_tree", action="store_true", default=None, help="save to the git tree here")
    place.add_argument("--store", dest="in_tree", action="store_false", help="save to the store, also in a shared tree")
    parser.add_argument("--no-sync", action="store_true", help="only write the log")
    cli.add_wait(parser)
    return parser
