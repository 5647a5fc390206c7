"""Writes a session log from the narrative on standard input, then syncs it."""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_sync import cli, system
from session_sync.errors import DONE, STATUS, SessionSyncError, UsageError, UserError
from session_sync.home import config, files, lock, spool
from session_sync.identity import belongs, machine, project
from session_sync.identity import user as identity
from session_sync.logs import narrative, session_log
from session_sync.logs import place as save_place
from session_sync.logs.place import Place, Wanted
from session_sync.sync import save_report, tree_save
from session_sync.sync_logs import round as rounds
from session_sync.sync_logs.repository.request import Request
from session_sync.text import outline
from session_sync.text.lines import printable

LONGEST_TOPIC = 200  # characters of the heading; the file name takes fewer
LONGEST_ID = 200

Report = dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """The log that a save wrote and where, and whether it was an update of the session's earlier log."""

    path: Path
    place: Place
    updated: bool


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    text = narrative.decode(_read(options.draft))
    settings, mistake = config.load_anyway()  # a wrong one keeps no log from being saved
    wanted = Wanted(options.project, options.client, options.in_tree)
    saved = write(text, wanted, options.topic, options.session_id, settings)
    if options.draft:
        options.draft.unlink(missing_ok=True)  # the log is whole on disk
    if not options.json:
        _print(str(saved.path))
    sync = _report(mistake) if mistake else _sync(saved, options, settings)
    if not options.quiet or sync["code"] != DONE:
        for line in (*saved.place.warnings, *sync["summary"]):
            print(printable(f"saved; {line}" if not saved.place.tree else line), file=sys.stderr)
    content = {"path": str(saved.path), "project": saved.place.project, "updated": saved.updated}
    tree = str(saved.place.tree) if saved.place.tree else None
    cli.report(options, {**content, "tree": tree, "status": sync["status"], "code": sync["code"], "sync": sync})
    return int(sync["code"])


def _print(line: str) -> None:
    """Print `line` now; a reader who went away must not keep the log from being synced."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        system.silence_stdout()


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


def write(text: str, wanted: Wanted, topic: str | None, session_id: str, settings: config.Config) -> Saved:
    """Put the narrative `text` where it is `wanted`, as a new log or as an update of the session's log.

    Raises UsageError when required sections are missing or out of order; nothing else that is wrong stops it.
    """
    here = machine.load()
    place = save_place.choose(wanted, settings, (here.uuid, *here.previous_uuids), belongs.working_directory())
    who = identity.load_anyway(place.tree)
    title = " ".join(_text(topic or "session").split())[:LONGEST_TOPIC]
    session_id = _text(session_id)
    user = project.slug(who.user or getpass.getuser())
    with session_log.exclusive() as alone:
        earlier = session_log.find(place.folders, session_id, place.pattern(user)) if session_id and alone else None
        is_digest = earlier is not None and session_log.is_digest(earlier)
        narrative.check(text, complete=earlier is None or is_digest)
        if earlier and not is_digest:
            session_log.append(earlier, title, narrative.demoted(narrative.without_user(text)), place.mode)
            return Saved(earlier, place, updated=True)
        facts = {
            "topic": title,
            "project": place.project,
            "user": who.user,
            "machine": here.uuid,
            "session_id": session_id,
            "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        }
        block = identity.user_block(who, here)
        body = session_log.front_matter(facts) + f"\n# {title}\n\n" + narrative.with_user(_untitled(text), block)
        if earlier:  # a digest, which gives way
            files.write_atomic(earlier, body.encode())
            return Saved(earlier, place, updated=False)
        stem = session_log.stem(user, project.slug(title))
        return Saved(session_log.create(place.folders, stem, body.encode(), mode=place.mode), place, updated=False)


def _text(argument: str) -> str:
    """A command-line argument as text, whatever bytes it was."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _untitled(text: str) -> str:
    """`text` without a title of its own as its first line: the log has one."""
    has_title = any(heading.line == 0 and heading.level == 1 for heading in outline.headings(text)[:1])
    return text.partition("\n")[2].lstrip("\n") if has_title else text


def _sync(saved: Saved, options: argparse.Namespace, settings: config.Config) -> Report:
    """Run the round that carries the saved log to its repository; a failure there never undoes the save."""
    try:
        if saved.place.tree:
            return _sync_tree(saved, saved.place.tree, options, settings)
        return _sync_store(options, settings)
    except SessionSyncError as error:
        return _report(error)
    except OSError as error:
        return _report(UserError(f"not synced: {error.strerror or type(error).__name__}"))


def _sync_store(options: argparse.Namespace, settings: config.Config) -> Report:
    if options.no_sync:
        spool.drop(spool.LEFT, "unsynced")  # the next session's start sees it
    if options.no_sync or not settings.repositories:
        reason = "not synced (--no-sync)" if options.no_sync else "no remote yet"
        return {"code": DONE, "status": "done", "summary": [reason]}
    return rounds.share(Request(sweep=False), options.wait)  # transcripts are the hooks' and sync-logs' work


def _sync_tree(saved: Saved, root: Path, options: argparse.Namespace, settings: config.Config) -> Report:
    if options.no_sync:
        return {"code": DONE, "status": "done", "summary": ["saved, not committed (--no-sync); /sync takes it along"]}
    try:
        draft = _read(options.wiki) if options.wiki else None
    except UsageError:
        draft = None  # the wiki's part then says that it had none; the log is committed all the same
    saving = tree_save.Saving(root, saved.path, saved.place.scope, draft)

    def work(progress: lock.Progress) -> Report:
        return save_report.report(saving, tree_save.run(saving, settings, progress))

    report = lock.own_round(options.wait, work)
    if options.wiki and report["wiki"]["status"] == "compiled":
        options.wiki.unlink(missing_ok=True)
    return report


def _report(error: SessionSyncError) -> Report:
    return {"code": error.code, "status": STATUS.get(error.code, "failed"), "summary": [str(error)]}


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
    parser.add_argument("--draft", type=lambda text: Path(text).expanduser(), metavar="FILE",
                        help="read the narrative from FILE, and remove it once it is saved")  # fmt: skip
    parser.add_argument("--wiki", type=lambda text: Path(text).expanduser(), metavar="FILE",
                        help="in a shared tree: the draft of the wiki article (see wiki prepare)")  # fmt: skip
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--tree", dest="in_tree", action="store_true", default=None, help="save to the git tree here")
    place.add_argument("--store", dest="in_tree", action="store_false", help="save to the store, also in a shared tree")
    parser.add_argument("--no-sync", action="store_true", help="only write the log")
    cli.add_wait(parser)
    return parser
