"""What every verb shares: the options, the report and the one error boundary."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from itertools import takewhile
from typing import Any, NoReturn

from session_sync import streams, system, workdir
from session_sync.errors import DEFERRED, DONE, FAILED, INTERRUPTED, SessionSyncError, UsageError, masked, told
from session_sync.home import files, paths
from session_sync.text.lines import printable

Report = dict[str, Any]
_SESSION = ("CLAUDE_CODE_SESSION_ID", "CODEX_THREAD_ID", "CODEX_SESSION_ID", "GEMINI_SESSION_ID")


def run(main: Callable[[list[str] | None], int]) -> int:
    """Call a verb's `main` on the command line; returns the exit code and lets no exception out."""
    system.keep_private()
    streams.secure()
    system.end_by_interrupt()
    try:
        workdir.leave_removed()
        files.close_to_others(paths.home())
        code = main(None)
    except SessionSyncError as error:
        return _fail(str(error), error.code)
    except KeyboardInterrupt:
        return _fail("interrupted; the next run finishes the work", INTERRUPTED)
    except OSError as error:
        return _fail(f"{told(error)} and run again", FAILED)
    except (EOFError, ImportError, SyntaxError):
        raise  # a file of the environment, or a compiled one, that is cut short or missing: the launcher mends it
    except Exception as error:  # noqa: BLE001 - the boundary: a bug becomes one line and a record of where
        return _fail(f"unexpected {type(error).__name__}; {_record(error)}", FAILED)
    return _told(code)


def _told(code: int) -> int:
    """The exit code `code`, or FAILED when what was printed is all that was asked for and could not be written."""
    lost = streams.failure()
    if not lost or streams.is_unwanted(lost):
        return code
    why = f"cannot write to standard output: {lost.strerror}"
    if streams.is_needed() and code == DONE:
        return _fail(f"{why}; make room or give another place for it, and run again", FAILED)
    print(f"session-sync: [WARNING] {why}; all else was done", file=sys.stderr)
    return code


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line like all others."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def parser(verb: str, description: str) -> Parser:
    """A parser with the options that every verb has."""
    made = Parser(prog=f"session-sync {verb}", description=description, allow_abbrev=False)
    add_output(made)
    return made


def add_output(made: argparse.ArgumentParser) -> None:
    """The options of everything that tells something."""
    made.add_argument("--json", action="store_true", help="one report object on stdout, for programs")
    made.add_argument("--quiet", action="store_true", help="print errors only")


def add_wait(made: argparse.ArgumentParser) -> None:
    """The option of every verb that runs a round."""
    made.add_argument(
        "--wait", type=_seconds, default=120.0, metavar="S", help="seconds to wait for another round (120)"
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < 1e6:  # also refuses NaN, which would wait for ever
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def client_session() -> str:
    """The client's own id of the agent's session that this process runs in, by its environment; "" outside of any."""
    return next((os.environ[name] for name in _SESSION if os.environ.get(name)), "")


def say(options: argparse.Namespace, text: str) -> None:
    """Tell people the line `text`: on stdout, or on stderr when stdout belongs to the `--json` report."""
    if not options.quiet:
        print(printable(text), file=sys.stderr if options.json else sys.stdout)


def complain(options: argparse.Namespace, text: str) -> None:
    """Tell people the line `text`, also when they want to hear of errors alone."""
    if options.quiet:
        print(printable(text), file=sys.stderr)
    else:
        say(options, text)


def report(options: argparse.Namespace, content: object) -> None:
    """Print the report, a msgspec.Struct or what json can write, when `--json` asks for it."""
    if options.json:
        import msgspec

        print(json.dumps(msgspec.to_builtins(content), indent=2, sort_keys=True))


def _fail(message: str, code: int) -> int:
    line = printable(masked(" ".join(message.split())))
    if "--json" in takewhile(lambda word: word != "--", sys.argv):
        print(json.dumps({"status": "deferred" if code == DEFERRED else "failed", "error": line, "code": code}))
    print(f"session-sync: {line}", file=sys.stderr)
    return code


def _record(error: Exception) -> str:
    """Write where `error` came from; not its message, which may quote what must not leave a log. Tells the place."""
    import traceback

    frames = "".join(traceback.format_tb(error.__traceback__))
    text = f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {type(error).__name__}\n{frames}\n"
    try:
        files.make_private_dir(paths.crash_log().parent)
        files.write_atomic(paths.crash_log(), text.encode(errors="replace"), durable=False)
    except (OSError, SessionSyncError) as failure:
        return f"where it came from could not be written to the home: {failure}"
    return f"details are in {paths.crash_log()}"
