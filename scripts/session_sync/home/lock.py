"""One round at a time: the lock, the callers who share a round, and the owner that hangs.

Whoever wants a round leaves a ticket, then tries the lock. The holder serves every ticket in one round and looks
again before it lets go; a caller whose ticket was served is done without a round of its own. A user's own command
can hold the lock as well. The lock file is never removed. Its descriptor is inherited by git and by such a command,
so that a killed round's orphans keep the lock until they end, or until a caller who waits has seen that they only
wait, and ends them.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from session_sync import system
from session_sync.errors import DONE, Deferred, UsageError, UserError
from session_sync.home import files, orphans, owner, paths, spool

POLL = 0.05  # seconds between two tries: with 0.5 thirty callers took 1.7 times as long
TREE_WAIT = 60.0  # seconds
EXTRA_ROUNDS = 2  # how often a holder serves tickets that came during its own round before others take over
ANSWER_KEPT = 3600.0  # seconds
_NO_LOCKS = {
    *(errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP),
    errno.EBADF,  # NFS, for a file that is open for reading alone
}
WITHIN = "SESSION_SYNC_LOCKED"  # in the environment of a command that runs under the lock: the name of its holder

Progress = owner.Progress
Result = dict[str, Any]  # a round's report; "code" is its exit code
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
    deadline, watch = time.monotonic() + wait, owner.Watch()
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
def held(wait: float, keeps_children: bool = False) -> Iterator[Progress]:
    """Hold the lock for work that serves no ticket; gives the function that shows progress, to be called as it goes.

    `keeps_children`: should we be killed, what we started is the user's own work, and has the lock until it ends.
    Raises Busy when the lock was not free within `wait` seconds, UsageError when a command around us holds it.
    """
    deadline, watch = time.monotonic() + wait, owner.Watch()
    while True:
        with _try_lock(_round_lock()) as taken:
            if taken:
                with owner.owning(keeps_children) as progress:
                    yield progress
                return
        watch.look()
        if refusal := _refusal(deadline, wait, "run this again"):
            raise refusal
        time.sleep(POLL)


def holder() -> str:
    """The name of the process that holds the lock or held it last, not to be confused with others; "" if unknown."""
    record = owner.read(paths.round_owner())
    return f"{record.pid}:{record.start}" if record else ""


def _refusal(deadline: float, wait: float, then: str) -> Busy | UsageError | None:
    """Why nobody should wait any longer, if so: the `wait` is over, or a command around us holds the lock."""
    if os.environ.get(WITHIN) and os.environ[WITHIN] == holder():
        return UsageError("this runs within `scripts/run locked`, which holds the lock already; run it outside")
    if time.monotonic() >= deadline:
        return Busy(f"{_who_holds(wait)}; {then}")
    return None


def _who_holds(wait: float) -> str:
    record = owner.read(paths.round_owner())
    if record and record.keeps_children and not record.is_alive():
        pids = ", ".join(map(str, sorted(orphans.holders(paths.round_lock()))))
        if pids:
            return f"a command under the lock still runs although its `locked` was killed (process {pids})"
    return f"another round has been running for more than {wait:.0f} s"


def _serve(mine: spool.Ticket, work: Work) -> Result:
    """Hold the lock: run rounds until no ticket is left that was not tried, or others may go on."""
    answer = report = spool.result(mine)  # served between our last look and the lock
    rounds, tried = 0, set[str]()
    with owner.owning() as progress:
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
def in_tree(place: Path) -> Iterator[None]:
    """Keep rounds of other homes, as of another user or a container, out of the work tree with the lock at `place`.

    The caller holds the round's lock. Raises Deferred when another home's round takes longer than TREE_WAIT.
    """
    deadline, left = time.monotonic() + TREE_WAIT, orphans.OrphanWatch(place)
    while True:
        with _try_lock(place) as taken:
            if taken:
                with suppress(OSError):  # another user's file, which may only be read
                    place.write_bytes(owner.of_this_process().encoded())
                yield
                return
        record = owner.read(place)
        if record and record.is_near() and not record.is_alive():
            left.look(is_late=time.monotonic() - record.shown >= owner.HUNG_AFTER)
        if time.monotonic() >= deadline:
            raise Deferred("a round of another user or home is running in this tree; the next one does the rest")
        time.sleep(owner.LOOK_EVERY)


@contextmanager
def _try_lock(place: Path) -> Iterator[bool]:
    """Take the lock at `place` if it is free; gives whether it is held."""
    descriptor = _opened(place)
    try:
        if not _locked(descriptor, place):
            yield False
            return
        os.set_inheritable(descriptor, True)
        try:
            yield _is_current(descriptor, place)
        except KeyboardInterrupt:
            raise  # it may have come when a child had just been started: what still lives keeps the lock
        except BaseException:
            system.unlock(descriptor)
            raise
        system.unlock(descriptor)  # closing is not enough: a child that outlives us has inherited it
    finally:
        os.close(descriptor)


def _opened(place: Path) -> int:
    try:
        return os.open(place, os.O_RDWR | os.O_CREAT, files.PRIVATE_FILE)
    except PermissionError as error:
        try:
            return os.open(place, os.O_RDONLY)  # another user's: to lock it, reading is enough
        except FileNotFoundError:
            raise error from None  # it is the folder that may not be written to


def _locked(descriptor: int, place: Path) -> bool:
    try:
        return system.try_lock(descriptor)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        advice = (
            "set SESSION_SYNC_HOME to a folder on a local disk"
            if place == paths.round_lock()
            else ("clone the repository to a local disk, and sync there")
        )
        raise UserError(f"{place.parent} is on a share without file locks ({error.strerror}); {advice}") from None


def _is_current(descriptor: int, place: Path) -> bool:
    """Whether the locked file is still the one that others open, and not one that somebody removed under its owner."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(place))
    except FileNotFoundError:
        return False
