"""A terminal for a program under test: tmux on a socket of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

Found = Callable[[], object]


def wait_for(what: str, found: Found, seconds: float = 30, detail: Found = str) -> None:
    """Poll `found` until it gives something true; fails with `what` and `detail()` when it does not."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within {seconds:g} s\n{detail()}")
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether the process is there, and no zombie that merely waits for its parent."""
    ask = ["ps", "-o", "stat=", "-p", str(pid)]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=20)
    return answer.stdout.strip()[:1] not in ("", "Z")


@dataclass(frozen=True)
class Terminal:
    """One running program in one pane."""

    socket: Path

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self.socket), "-f", os.devnull, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout

    @property
    def pid(self) -> int:
        return int(self.tmux("display-message", "-p", "#{pane_pid}"))

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p", "-S", "-200")

    def see(self, text: str, seconds: float = 30) -> None:
        wait_for(repr(text), lambda: text in self.screen(), seconds, self.screen)

    def type(self, text: str) -> None:
        """Type `text` and, once it is on the screen, Enter: a client takes faster input for a paste."""
        self.tmux("send-keys", "-l", text)
        self.see(text)
        self.tmux("send-keys", "Enter")

    def kill(self) -> None:
        """What closing the window does: the program's terminal is gone."""
        self.tmux("kill-server")


@contextmanager
def running(command: list[str], environment: Mapping[str, str], directory: Path) -> Iterator[Terminal]:
    """`command` in a new terminal with just `environment`; it is ended with the block when it has not ended."""
    with tempfile.TemporaryDirectory(prefix="tmux-") as folder:  # a socket's path may have 107 bytes at most
        terminal = Terminal(Path(folder) / "socket")
        assignments = [f"{name}={value}" for name, value in environment.items()]
        program = ["env", "-i", *assignments, *command]
        terminal.tmux("new-session", "-d", "-x", "180", "-y", "50", "-c", str(directory), *program)
        try:
            yield terminal
        finally:
            if terminal.socket.exists():
                subprocess.run(
                    ["tmux", "-S", str(terminal.socket), "kill-server"], capture_output=True, check=False, timeout=20
                )
