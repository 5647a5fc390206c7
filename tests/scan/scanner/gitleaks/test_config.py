"""The form of gitleaks' configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.errors import UsageError
from session_sync.scan.scanner.gitleaks import config


def wrong(path: Path) -> str:
    """Why the file is not used."""
    with pytest.raises(UsageError) as caught:
        list(config.read(path))
    message = str(caught.value)
    assert "\n" not in message
    assert ";" in message  # what to do
    return message


def test_files_may_extend_two_deep(write) -> None:
    for number in range(3):
        write(f'rules = [{number}]\n[extend]\npath = "{number + 1}.toml"', f"{number}.toml")
    last = write("rules = [3]", "3.toml")
    assert [content.rules for content in config.read(last.with_name("1.toml"))] == [[1], [2], [3]]
    assert "at most 2 files" in wrong(last.with_name("0.toml"))


def test_files_must_not_extend_themselves(write, tmp_path: Path) -> None:
    assert "at most 2 files" in wrong(write('[extend]\npath = "gitleaks.toml"'))
    write('[extend]\npath = "a.toml"', "b.toml")
    assert "at most 2 files" in wrong(write('[extend]\npath = "./b.toml"', "a.toml"))
    (tmp_path / "loop").symlink_to("loop")
    wrong(write('[extend]\npath = "loop"'))


@pytest.mark.parametrize("other", ["none.toml", "/dev/zero", ".", "a\\u0000b", "x" * 5000])
def test_what_is_extended_must_be_a_file(write, other: str) -> None:
    wrong(write(f'[extend]\npath = "{other}"'))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("rules = 1", "$.rules"),
        ("[rules]\nid = 'x'", "$.rules"),
        ("extend = 1", "$.extend"),
        ("[extend]\nuseDefault = 'yes'", "$.extend.usedefault"),
        ("[extend]\npath = 1", "$.extend.path"),
        ("[extend]\ndisabledRules = 'x'", "$.extend.disabledrules"),
        ("[[rules", "gitleaks"),
        ("x = " + "[" * 100_000, "gitleaks"),
        ("x = " + "9" * 5000, "gitleaks"),
        (".".join("a" * 1000) + " = 1", "more than 200 dots"),  # tomllib would take minutes for a megabyte of them
    ],
)
def test_a_wrong_file_is_refused(write, content: str, word: str) -> None:
    path = write(content)
    message = wrong(path)
    assert message.startswith(f"{path}: ")
    assert word in message


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", tmp_path / ("x" * 5000)):
        assert wrong(path).startswith(str(tmp_path))
    path = tmp_path / "bytes"
    path.write_bytes(b"\xff\xfe")
    assert "no configuration of gitleaks" in wrong(path)
    path.write_bytes(b"#" * (2**20 + 1))
    assert "bytes" in wrong(path)
    os.mkfifo(tmp_path / "pipe")
    wrong(tmp_path / "pipe")


def test_a_file_that_cannot_be_read_is_refused(write, monkeypatch) -> None:
    path = write("")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "readable" in wrong(path)


def test_a_byte_order_mark_and_windows_lines_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "gitleaks.toml"
    path.write_bytes(b"\xef\xbb\xbf[[rules]]\r\nid = 'a'\r\n")
    assert [content.rules for content in config.read(path)] == [[{"id": "a"}]]


def test_keys_may_be_written_in_any_case(write) -> None:
    (content,) = config.read(
        write("[Extend]\nDisabledRules = ['b']\n[[Rules]]\nID = 'a'\nRegEx = 'X'\nsecretgroup = 2")
    )
    assert content.extend.disabled_rules == ["b"]
    assert config.converted(content.rules[0], config.Rule) == config.Rule(id="a", regex="X", secret_group=2)
