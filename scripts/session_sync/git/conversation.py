"""Feeds a child and reads its outputs until it has ended, whoever else keeps them open: a daemon that it started."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, NamedTuple

from session_sync import system

BEAT = 0.05  # seconds between two looks
PIPE_SIZE = 1 << 20  # bytes: no pipe holds more unless it is told to
_LAST_WORDS = 1.0  # seconds to read what an ended child wrote, where one cannot ask whether there is more


class Answer(NamedTuple):
    """What git wrote on its standard output and its standard error."""

    out: bytes
    err: bytes


def converse(process: subprocess.Popen[bytes], data: bytes, look: Callable[[int], None]) -> Answer:
    """Write `data` to `process` and read what it says until it ends.

    `look` is called again and again with the number of bytes that were heard so far; what it raises ends the reading.
    """
    speak = _by_threads if system.WINDOWS else _by_selector
    answer = speak(process, data, look)
    while process.poll() is None:  # it closed its outputs and goes on
        look(len(answer.out) + len(answer.err))
        with suppress(subprocess.TimeoutExpired):
            process.wait(BEAT)
    return answer


def _by_selector(process: subprocess.Popen[bytes], data: bytes, look: Callable[[int], None]) -> Answer:
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - opened as pipes
    left, heard = memoryview(data), {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    with selectors.DefaultSelector() as pipes:
        for pipe in heard:
            pipes.register(pipe, selectors.EVENT_READ)
        if data:
            os.set_blocking(process.stdin.fileno(), False)
            pipes.register(process.stdin, selectors.EVENT_WRITE)
        else:
            _close(process.stdin)
        while pipes.get_map():
            has_ended = process.poll() is not None
            for key, _ in pipes.select(0 if has_ended else BEAT):
                if key.fileobj is process.stdin:
                    left = _write(key.fd, left)
                    if not left:
                        pipes.unregister(process.stdin)
                        _close(process.stdin)
                    continue
                chunk = os.read(key.fd, PIPE_SIZE)
                heard[key.fd] += chunk
                if not chunk:
                    pipes.unregister(key.fd)
            if has_ended:
                break  # all that it wrote fits into a pipe, and was just read
            look(sum(map(len, heard.values())))
    return Answer(*map(bytes, heard.values()))


def _write(descriptor: int, data: memoryview) -> memoryview:
    """Write what fits; returns the rest, nothing when nobody reads."""
    try:
        return data[os.write(descriptor, data) :]
    except BlockingIOError:
        return data
    except BrokenPipeError:  # git ended early and says why on its standard error
        return data[:0]


def _by_threads(process: subprocess.Popen[bytes], data: bytes, look: Callable[[int], None]) -> Answer:
    """The same for Windows, which cannot wait for several pipes at once."""
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - opened as pipes
    outputs, is_over = (bytearray(), bytearray()), threading.Event()

    def read(descriptor: int, heard: bytearray) -> None:
        while not is_over.is_set() and (chunk := os.read(descriptor, PIPE_SIZE)):
            heard += chunk
        os.close(descriptor)

    def write(pipe: IO[bytes]) -> None:
        with suppress(OSError):  # git ended early and says why on its standard error
            pipe.write(data)
        _close(pipe)

    threads = [threading.Thread(target=write, args=(process.stdin,), daemon=True)]
    for pipe, heard in zip((process.stdout, process.stderr), outputs, strict=True):
        own = os.dup(pipe.fileno())  # the caller closes its own, and a daemon may keep the thread reading for long
        threads.append(threading.Thread(target=read, args=(own, heard), daemon=True))
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) and process.poll() is None:
        threads[-1].join(BEAT)
        look(sum(map(len, outputs)))
    for thread in threads:
        thread.join(_LAST_WORDS)
    is_over.set()  # a daemon may go on talking for ever
    return Answer(*map(bytes, outputs))


def _close(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what git did not read any more
        pipe.close()
