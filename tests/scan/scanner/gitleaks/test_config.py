"""The form of gitleaks' configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.scan.scanner.gitleaks import config


def wrong(path: Path) -> str:
    """Why the file is not used."""
    with pytest.raises(ValueError, match=r"\S") as caught:
        list(config.read(path))
    return str(caught.value)


def test_files_may_extend_two_deep(write) -> None:
    for number in range(3):
        write(f'rules = ["{number}"]\n[extend]\npath = "{number + 1}.toml"', f"{number}.toml")
    last = write("rules = ['3']", "3.toml")
    assert [content.texts("rules") for content in config.read(last.with_name("1.toml"))] == [["1"], ["2"], ["3"]]
    assert "more than 2 files" in wrong(last.with_name("0.toml"))


def test_files_must_not_extend_themselves(write, tmp_path: Path) -> None:
    assert "more than 2 files" in wrong(write('[extend]\npath = "gitleaks.toml"'))
    write('[extend]\npath = "a.toml"', "b.toml")
    assert "more than 2 files" in wrong(write('[extend]\npath = "./b.toml"', "a.toml"))
    (tmp_path / "loop").symlink_to("loop")
    wrong(write('[extend]\npath = "loop"'))


@pytest.mark.parametrize("other", ["none.toml", "/dev/zero", ".", "a\\u0000b", "x" * 5000])
def test_what_is_extended_must_be_a_file(write, other: str) -> None:
    wrong(write(f'[extend]\npath = "{other}"'))


@pytest.mark.parametrize(
    "content",
    [
        "[[rules",
        "x = " + "[" * 100_000,
        "x = " + "9" * 5000,
        "a = 1\na == 2",
        ".".join("a" * 1000) + " = 1",  # tomllib would take minutes for a megabyte of them
    ],
)
def test_what_is_no_toml_is_refused(write, content: str) -> None:
    assert wrong(write(content)).startswith("gitleaks.toml: ")


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", tmp_path / ("x" * 5000)):
        wrong(path)
    path = tmp_path / "bytes"
    path.write_bytes(b"\xff\xfe")
    wrong(path)
    path.write_bytes(b"#" * (config.LARGEST + 1))
    assert "bytes" in wrong(path)
    os.mkfifo(tmp_path / "pipe")
    wrong(tmp_path / "pipe")


def test_a_file_that_cannot_be_read_is_refused(write, monkeypatch) -> None:
    path = write("")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert wrong(path) == "gitleaks.toml: Permission denied"


def test_a_byte_order_mark_and_windows_lines_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "gitleaks.toml"
    path.write_bytes(b"\xef\xbb\xbf[[rules]]\r\nid = 'a'\r\n")
    assert [one.text("id") for content in config.read(path) for one in content.tables("rules")] == ["a"]


def test_keys_may_be_written_in_any_case(write) -> None:
    (content,) = config.read(
        write("[Extend]\nDisabledRules = ['b']\n[[Rules]]\nID = 'a'\nRegEx = 'X'\nsecretgroup = 2")
    )
    assert content.table("extend").texts("disabledrules") == ["b"]
    (one,) = content.tables("rules")
    assert (one.text("id"), one.text("regex"), one.number("secretgroup", 9)) == ("a", "X", 2)


def test_what_is_of_another_type_is_not_there() -> None:
    one = config.Table({"a": 1, "b": ["x", 2], "c": "y", "d": "2.5", "e": True, "f": "nan", "g": 10, "h": "true"})
    assert (one.text("a"), one.texts("b"), one.texts("c"), one.texts("a")) == ("", ["x"], ["y"], [])
    assert [one.number(key, 9) for key in "adefgbz"] == [1, 2.5, 0, 0, 0, 0, 0]
    assert (one.is_true("e"), one.is_true("h"), "a" in one, "z" in one) == (True, False, True, False)
    assert [table.text("k") for table in config.Table({"t": {"K": "v"}}).tables("t")] == ["v"]
    assert config.Table(["no table"]).texts("a") == []
