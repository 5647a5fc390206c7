"""One round at a time: the lock, the callers who share a round, and the owner that hangs.

Whoever wants a round leaves a ticket, then tries the lock. The holder serves every ticket in one round and looks
again before it lets go; a caller whose ticket was served is done without a round of its own. A user's own command
can hold the lock as well. The lock file is never removed. Its descriptor is inherited by git and by such a command,
so that a killed round's orphans keep the lock until they end.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from session_sync import system
from session_sync.errors import DONE, Deferred, UsageError
from session_sync.home import files, paths, spool

POLL = 0.05  # seconds between two tries: with 0.5 thirty callers took 1.7 times as long
HUNG_AFTER = 600.0  # seconds without a sign of progress; every git command gives up long before
TREE_WAIT = 60.0  # seconds
EXTRA_ROUNDS = 2  # how often a holder serves tickets that came during its own round before others take over
WATCHED = 30.0  # seconds; a holder that works shows progress far more often
ANSWER_KEPT = 3600.0  # seconds
WITHIN = "SESSION_SYNC_LOCKED"  # in the environment of a command that runs under the lock: the name of its holder

Result = dict[str, Any]  # a round's report; "code" is its exit code
Progress = Callable[[], None]
Work = Callable[[list[spool.Ticket], Progress], Result]


class Busy(Deferred):
    """The lock was not to be had in time."""


def share_round(wait: float, work: Work, request: dict[str, Any]) -> Result:
    """Have `request` served: by a round of our own, or by one that another process runs.

    `work(tickets, progress)` does one round for all the tickets and calls `progress` as it goes. Returns the report
    of the round that served the request, with "served_by_other" and "rounds", the number of rounds run here.
    Raises Busy when the lock was not free within `wait` seconds, UsageError when a command around us holds it; the
    ticket then stays for the next round.
    """
    mine = spool.drop(spool.WAITING, **request)
    deadline, watch = time.monotonic() + wait, _Watch()
    while True:
        with _try_lock(_round_lock()) as held:
            if held:
                return _serve(mine, work)
        answer = spool.result(mine)
        if answer is not None:
            return {**answer, "served_by_other": True, "rounds": 0}
        watch.look()
        if refusal := _refusal(deadline, wait, "the work is kept for the next one"):
            spool.leave(mine)
            raise refusal
        time.sleep(POLL)


def own_round(wait: float, work: Callable[[Progress], Result]) -> Result:
    """Run `work(progress)` under the lock for a caller whose round cannot serve others; raises as `held` does."""
    with held_for_round(wait) as progress:
        return {**work(progress), "served_by_other": False, "rounds": 1}


@contextmanager
def held_for_round(wait: float) -> Iterator[Progress]:
    """Hold the lock for a round that cannot serve others, as `held` does. A busy lock leaves it to later."""
    try:
        with held(wait) as progress:
            yield progress
    except Busy:
        spool.drop(spool.LEFT)  # the next session's start sees it
        raise


@contextmanager
def held(wait: float) -> Iterator[Progress]:
    """Hold the lock for work that serves no ticket; gives the function that shows progress, to be called as it goes.

    Raises Busy when the lock was not free within `wait` seconds, UsageError when a command around us holds it.
    """
    deadline, watch = time.monotonic() + wait, _Watch()
    while True:
        with _try_lock(_round_lock()) as taken:
            if taken:
                with _owner() as progress:
                    yield progress
                return
        watch.look()
        if refusal := _refusal(deadline, wait, "run this again"):
            raise refusal
        time.sleep(POLL)


def holder() -> str:
    """The name of the process that holds the lock or held it last, not to be confused with others; "" if unknown."""
    record = _read_record()
    return f"{record[0]}:{record[1]}" if record else ""


def _refusal(deadline: float, wait: float, then: str) -> Busy | UsageError | None:
    """Why nobody should wait any longer, if so: the `wait` is over, or a command around us holds the lock."""
    if os.environ.get(WITHIN) and os.environ[WITHIN] == holder():
        return UsageError("this runs within `scripts/run locked`, which holds the lock already; run it outside")
    if time.monotonic() >= deadline:
        return Busy(f"another round has been running for more than {wait:.0f} s; {then}")
    return None


def _serve(mine: spool.Ticket, work: Work) -> Result:
    """Hold the lock: run rounds until no ticket is left that was not tried, or others may go on."""
    answer = report = spool.result(mine)  # served between our last look and the lock
    rounds, tried = 0, set[str]()
    with _owner() as progress:
        while rounds <= EXTRA_ROUNDS:
            tickets = [ticket for ticket in spool.claim() if ticket.name not in tried]
            if not tickets:
                break
            tried.update(ticket.name for ticket in tickets)
            report = work(tickets, progress)
            rounds += 1
            for ticket in tickets:
                spool.finish(ticket, report, keep=report["code"] != DONE)
            answer = spool.result(mine) or answer
        if report is not None and report["code"] != DONE:
            spool.drop(spool.LEFT, "unfinished")  # a session start sees it and tries again
        spool.sweep(time.time() - ANSWER_KEPT)
    assert answer is not None  # noqa: S101 - our own ticket is claimed in the first round, or was answered before
    return {**answer, "served_by_other": rounds == 0, "rounds": rounds}


def _round_lock() -> Path:
    return files.make_private_dir(paths.state()) / paths.round_lock().name


@contextmanager
def in_tree(git_dir: Path) -> Iterator[None]:
    """Keep rounds of other homes, as of another user or a container, out of the work tree with this git directory.

    The caller holds the round's lock. Raises Deferred when another home's round takes longer than TREE_WAIT.
    """
    place, deadline = git_dir / "session-sync" / "lock", time.monotonic() + TREE_WAIT
    place.parent.mkdir(exist_ok=True)
    while True:
        with _try_lock(place) as taken:
            if taken:
                yield
                return
        if time.monotonic() >= deadline:
            raise Deferred("a round of another user or home is running in this tree; the next one does the rest")
        time.sleep(POLL)


@contextmanager
def _try_lock(place: Path) -> Iterator[bool]:
    """Take the lock at `place` if it is free; gives whether it is held."""
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT, files.PRIVATE_FILE)
    try:
        if not system.try_lock(descriptor):
            yield False
            return
        try:
            os.set_inheritable(descriptor, True)
            yield _is_current(descriptor, place)
        finally:
            system.unlock(descriptor)  # closing is not enough: a child that outlives us has inherited it
    finally:
        os.close(descriptor)


def _is_current(descriptor: int, place: Path) -> bool:
    """Whether the locked file is still the one that others open, and not one that somebody removed under its owner."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(place))
    except FileNotFoundError:
        return False


@contextmanager
def _owner() -> Iterator[Progress]:
    """Say who holds the lock; gives the function that shows progress."""
    record = {"pid": os.getpid(), "start": system.process_start(os.getpid())}
    files.write_atomic(paths.round_owner(), json.dumps(record).encode(), durable=False)
    shown = [time.monotonic()]

    def progress() -> None:
        if time.monotonic() - shown[0] > 1:
            os.utime(paths.round_owner())
            shown[0] = time.monotonic()

    yield progress


def _read_record() -> tuple[int, str] | None:
    """The pid and the start of the process that took the lock last; None when that is unknown."""
    try:
        record = json.loads(paths.round_owner().read_bytes())
        return int(record["pid"]), str(record["start"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


class _Watch:
    """Watches the holder while we wait, and kills it when it hangs; the kernel then frees the lock.

    Never by age alone: after a suspended laptop wakes, everything is old. The record must be HUNG_AFTER old *and* stay
    untouched for WATCHED while we look, and the process must be the very one that wrote it.
    """

    def __init__(self) -> None:
        self._seen = (-1.0, 0.0)  # the record's time, and since when we have seen it so

    def look(self) -> None:
        try:
            touched = paths.round_owner().stat().st_mtime
        except FileNotFoundError:
            return
        if touched != self._seen[0]:
            self._seen = (touched, time.monotonic())
        if time.time() - touched < HUNG_AFTER or time.monotonic() - self._seen[1] < WATCHED:
            return
        record = _read_record()
        if record and system.process_start(record[0]) == record[1]:
            system.kill(record[0])
