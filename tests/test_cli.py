from __future__ import annotations

import errno
import json
import sys

import pytest

from session_sync import cli
from session_sync.errors import DEFERRED, Deferred, UsageError, UserError
from session_sync.home import paths


def raising(error: BaseException) -> int:
    def main(argv: list[str] | None) -> int:
        raise error

    return cli.run(main)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UserError("it broke;\nmend it"), 1, "session-sync: it broke; mend it\n"),
        (UsageError("wrong"), 2, "session-sync: wrong\n"),
        (Deferred("later"), 75, "session-sync: later\n"),
        (KeyboardInterrupt(), 130, "session-sync: interrupted; the next run finishes the work\n"),
        (OSError(28, "disk full", "/x"), 1, "session-sync: /x: disk full; free some disk space and run again\n"),
    ],
)  # fmt: skip
def test_errors_are_one_line_and_a_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(error) == code
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "/x"),
            "/x: Permission denied; give yourself the rights to it",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/x"),
            "/x: Read-only file system; make its file system writable",
        ),
        (OSError(errno.ENOTDIR, "Not a directory", b"/x"), "/x: Not a directory; move away the file"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files; close some programs"),
        (OSError(errno.EXDEV, "Invalid cross-device link", "/x", None, "/y"), "/x and /y: Invalid cross-device link"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x"), "/x: No such file; make what is missing and run again"),
        (OSError("the archive is locked"), "the archive is locked; look after it and run again"),
        (OSError(0x7FFF, None), "OSError; look after it and run again"),
    ],
)
def test_what_the_system_refused_is_told_with_the_file_and_what_mends_it(
    error: OSError, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(error) == 1
    assert capsys.readouterr().err.startswith(f"session-sync: {said}")


def test_a_bug_that_cannot_be_recorded_is_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    paths.crash_log().parent.write_text("a file where a folder has to be")
    assert raising(ValueError("the secret")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "unexpected ValueError" in line
    assert str(paths.crash_log().parent) in line
    assert "the secret" not in line


def test_a_bug_is_recorded_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(ValueError("the secret")) == 1
    said = capsys.readouterr().err
    record = paths.crash_log().read_text()
    assert str(paths.crash_log()) in said
    assert "ValueError" in record
    assert "test_cli.py" in record
    assert "the secret" not in said + record
    assert paths.crash_log().stat().st_mode & 0o777 == 0o600


def test_programs_get_errors_as_an_object(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sync-logs", "--json"])
    raising(Deferred("later"))
    assert json.loads(capsys.readouterr().out) == {"status": "deferred", "code": DEFERRED, "error": "later"}


@pytest.mark.parametrize("wait", ["nan", "inf", "-1", "soon"])
def test_a_wait_is_a_number_of_seconds(wait: str) -> None:
    made = cli.parser("x", "y")
    cli.add_wait(made)
    with pytest.raises(UsageError, match="--wait"):
        made.parse_args(["--wait", wait])


def test_an_error_never_shows_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    raising(UserError("cannot reach https://ada:p@ss@host/x and ssh://u@h"))
    assert capsys.readouterr().err == "session-sync: cannot reach https://***@host/x and ssh://***@h\n"


def test_a_home_that_others_can_read_is_closed_to_them() -> None:
    paths.home().chmod(0o755)
    cli.run(lambda _: 0)
    assert paths.home().stat().st_mode & 0o777 == 0o700
