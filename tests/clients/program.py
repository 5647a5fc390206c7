"""A client as its user starts it: in an environment that is known to the last variable, ended with all it started."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 90


@dataclass(frozen=True)
class Program:
    """A command, the directory that it works in and all of its environment but PATH."""

    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]

    def run(self, *words: str) -> str:
        """The command with `words`, to its end; returns what it printed."""
        env = {"PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8", **self.environment}
        with (
            tempfile.TemporaryFile() as out,
            subprocess.Popen(
                [*self.command, *words],
                cwd=self.directory,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            ) as process,
        ):
            with suppress(subprocess.TimeoutExpired):
                process.wait(SECONDS)
            ended = process.returncode
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it left running as well
            out.seek(0)
            said = out.read().decode()
        assert ended == 0, f"{words}: exit code {ended} within {SECONDS} s\n{said}"
        return said
