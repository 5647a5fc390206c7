"""Works on many things in several processes. A process that we started ends when we do, whatever ends us."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from session_sync.errors import UserError

_CHUNK = 8  # things that are given to a process at once
_AHEAD = 2  # chunks that a process has, so that it never waits for us
_MOST = 4  # processes
_FEW = 12  # fewer things than this per process do not pay for starting it

_T = TypeVar("_T")
_R = TypeVar("_R")


def results(things: Sequence[_T], make: Callable[[], Callable[[_T], _R]]) -> Iterator[_R]:
    """What the function that `make` returns gives for each of `things`, in any order.

    `make` is called once in each process and must be picklable; the function must not raise.
    """
    count = min(os.cpu_count() or 1, _MOST, len(things) // _FEW)
    if count < 2:
        work = make()
        yield from (work(thing) for thing in things)
        return
    # A forked process starts in no time, but on macOS it may crash: https://bugs.python.org/issue33725
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    workers: dict[Connection, Any] = {}
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, ours, make), daemon=True)
            process.start()
            theirs.close()
            workers[ours] = process
        yield from _gathered(list(workers), [things[at : at + _CHUNK] for at in range(0, len(things), _CHUNK)])
    finally:
        for connection, process in workers.items():
            connection.close()
            process.terminate()
            process.join()


def _gathered(connections: list[Connection], chunks: list[Sequence[_T]]) -> Iterator[Any]:
    """Hand out `chunks` and take the answers; raises UserError when a process is killed."""
    waiting = iter(chunks)
    busy = dict.fromkeys(connections, 0)
    try:
        for connection in connections * _AHEAD:
            _hand_out(connection, waiting, busy)
        while any(busy.values()):
            for ready in wait([one for one, count in busy.items() if count]):
                connection = next(one for one in connections if one is ready)
                answers = connection.recv()
                busy[connection] -= 1
                _hand_out(connection, waiting, busy)
                yield from answers
    except (EOFError, ConnectionError):
        raise UserError("a worker process was killed, perhaps for lack of memory; run this again") from None


def _hand_out(connection: Connection, waiting: Iterator[Sequence[Any]], busy: dict[Connection, int]) -> None:
    chunk = next(waiting, None)
    if chunk is not None:
        connection.send(chunk)
        busy[connection] += 1


def _serve(connection: Connection, other_end: Connection, make: Callable[[], Callable[[Any], Any]]) -> None:
    """A worker's life: it ends when nobody holds the other end any more."""
    other_end.close()
    work = make()
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            chunk = connection.recv()
            connection.send([work(thing) for thing in chunk])
