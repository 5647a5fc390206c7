"""What a Codex rollout tells of its session besides the messages: who started it, where, and what it cost."""

from __future__ import annotations

from typing import Any

from session_sync.transcripts.session import Git, Link, Session, Tokens
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex.format.lines import time
from session_sync.transcripts.sources.codex.format.records import Meta, Usage

_LONGEST_TITLE = 300  # characters


def fill(session: Session, meta: Meta, own_ids: set[str]) -> None:
    """Fill in `session` from a rollout's first line; `own_ids` are those of the thread and of its files."""
    session.was_in(shapes.text(meta.cwd))
    session.client = session.client or shapes.text(meta.cli_version)
    session.saw(time(meta.timestamp))
    session.git = session.git or _git(meta.git)
    parent = shapes.text(meta.parent_thread_id) or _spawned_by(meta.source)
    if parent and parent not in own_ids and not session.parent:
        session.parent = Link(parent)
    session.fork = session.fork or _fork(meta, own_ids)


def note_origin(session: Session, meta: Meta, own_ids: set[str]) -> None:
    """Take down whose first line was copied: that of the thread from which an old fork was made tells it alone."""
    origin = shapes.text(meta.id)
    if origin and origin not in own_ids and not session.parent and not session.fork:
        session.fork = Link(origin)


def name(session: Session, fields: dict[str, Any]) -> None:
    """Take down a name that was given to the thread, unless the client's own index knows a later one; counts it."""
    named = shapes.text(fields.get("thread_name")) or shapes.text(fields.get("threadName"))
    session.title = session.title or shapes.cut(" ".join(named.split()), _LONGEST_TITLE)
    session.keep()


def started_from(meta: Meta) -> str:
    """The thread that this one was forked from, or else started by; "" if the first line tells none."""
    return shapes.text(meta.forked_from_id) or shapes.text(meta.parent_thread_id) or _spawned_by(meta.source)


def base_of(meta: Meta) -> tuple[str, int | None]:
    """The file whose beginning comes before this one, and the ordinal where that ends; "" and None if there is none."""
    base = meta.history_base if isinstance(meta.history_base, dict) else {}
    end = base.get("end_ordinal_exclusive")
    return shapes.text(base.get("thread_id")), end if isinstance(end, int) and not isinstance(end, bool) else None


def _fork(meta: Meta, own_ids: set[str]) -> Link | None:
    """The thread that this one continues. Its ordinals go on from there, whatever files hold its beginning."""
    base, end = base_of(meta)
    base = "" if base in own_ids else base
    forked_from = shapes.text(meta.forked_from_id) or base
    if not forked_from or forked_from in own_ids:
        return None
    return Link(forked_from, str(end) if base and end is not None else "")


def _spawned_by(source: Any) -> str:
    for name in ("subagent", "thread_spawn"):
        source = source.get(name) if isinstance(source, dict) else None
    return shapes.text(source.get("parent_thread_id")) if isinstance(source, dict) else ""


def _git(value: Any) -> Git | None:
    if not isinstance(value, dict):
        return None
    git = Git(
        shapes.text(value.get("repository_url")),
        shapes.text(value.get("branch")),
        shapes.text(value.get("commit_hash")),
    )
    return git if git != Git() else None


class Counter:
    """Counts the tokens of a file from the sums in it, each request once.

    The sums of a fork, and of a file after a revert, begin with what was spent before it: that is taken off. There
    are two kinds of sums; the one that grew more has seen more.
    """

    def __init__(self) -> None:
        self._before: dict[str, Any] = {}  # the last sum of those that were copied from another file
        self._first: dict[str, tuple[Any, Any]] = {}
        self._last: dict[str, Any] = {}

    def count(self, info: Any, is_copy: bool = False) -> None:
        """A `token_count` event."""
        if isinstance(info, dict):
            self._see("shown", info.get("total_token_usage"), info.get("last_token_usage"), is_copy)

    def record(self, usage: Usage, is_copy: bool = False) -> None:
        """A `token_usage_record`."""
        self._see("recorded", usage.thread_token_usage, usage.usage, is_copy)

    def total(self) -> Tokens:
        """What was spent in this file."""
        return max(
            map(self._spent, self._last), key=lambda one: one.input + one.cache_read + one.output, default=Tokens()
        )

    def _see(self, kind: str, total: Any, last: Any, is_copy: bool) -> None:
        if not isinstance(total, dict):
            return
        if is_copy:
            self._before[kind] = total
        else:
            self._first.setdefault(kind, (total, last))
            self._last[kind] = total

    def _spent(self, kind: str) -> Tokens:
        first, its_last = self._first[kind]
        total, copied = _tokens(first), _tokens(self._before.get(kind, {}))
        goes_on = kind in self._before and total == _sum(copied, _minus(total, copied))
        if goes_on and (total == copied or not isinstance(its_last, dict)):
            before = copied
        else:
            before = _minus(total, _tokens(its_last)) if isinstance(its_last, dict) else Tokens()
        return _minus(_tokens(self._last[kind]), before)


def _tokens(usage: dict[str, Any]) -> Tokens:
    cached, written = (
        shapes.count(usage.get("cached_input_tokens")),
        shapes.count(usage.get("cache_write_input_tokens")),
    )
    return Tokens(
        input=max(0, shapes.count(usage.get("input_tokens")) - cached - written),
        output=shapes.count(usage.get("output_tokens")),
        cache_read=cached,
        cache_write=written,
        reasoning=shapes.count(usage.get("reasoning_output_tokens")),
    )


def _minus(one: Tokens, other: Tokens) -> Tokens:
    return Tokens(*(max(0, getattr(one, name) - getattr(other, name)) for name in one.__struct_fields__))


def _sum(one: Tokens, other: Tokens) -> Tokens:
    return Tokens(*(getattr(one, name) + getattr(other, name) for name in one.__struct_fields__))
