from __future__ import annotations

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
        (OSError(28, "disk full", "/x"), 1, "session-sync: disk full: /x; fix that and run again\n"),
    ],
)  # fmt: skip
def test_errors_are_one_line_and_a_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(error) == code
    assert capsys.readouterr() == ("", said)


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
