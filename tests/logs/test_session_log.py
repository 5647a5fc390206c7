from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from session_sync.logs import session_log, store
from support.homes import MACHINE, OTHER_MACHINE


@pytest.mark.parametrize("value", ["plain", 'a"b', "a\nb: c\n---\n", "é名\u2028x", "{}", "\\"])
def test_front_matter_is_yaml_whatever_the_value(value: str, tmp_path: Path) -> None:
    text = session_log.front_matter({"session_id": value, "left": ""}) + "\nbody\n"
    head = re.fullmatch(r"---\n(.*?)\n---\n\nbody\n", text, re.DOTALL)
    assert head is not None
    assert yaml.safe_load(head[1]) == {"session_id": value}
    (tmp_path / "x.md").write_text(text)
    assert session_log.read_fact(tmp_path / "x.md", "session_id") == value


@pytest.mark.parametrize(
    "text", ["", 'no front matter\nsession_id: "x"\n', "---\nsession_id: x\n", '---\n---\nsession_id: "x"\n']
)
def test_without_the_fact_there_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(text)
    assert session_log.read_fact(tmp_path / "x.md", "session_id") == ""


def test_a_log_written_under_an_earlier_uuid_is_found() -> None:
    old = store.folders("PILOT", (OTHER_MACHINE,))[0] / "2026-01-01-ada-x.md"
    old.write_text(session_log.front_matter({"session_id": "s"}))
    assert session_log.find_log(store.folders("PILOT", (MACHINE, OTHER_MACHINE)), "s") == old
    assert session_log.find_log(store.folders("PILOT", (MACHINE,)), "s") is None
    assert session_log.find_log(store.folders("OTHER", (MACHINE, OTHER_MACHINE)), "s") is None


def test_a_name_taken_under_an_earlier_uuid_is_taken() -> None:
    stem = session_log.stem("ada", "x")
    first = session_log.create_log(store.folders("PILOT", (OTHER_MACHINE,)), stem, b"1")
    second = session_log.create_log(store.folders("PILOT", (MACHINE, OTHER_MACHINE)), stem, b"2")
    assert second.name == first.name.replace("-x.md", "-x-2.md")


def test_an_update_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"before\n\n\n")
    session_log.append(path, "more", "text\n")
    assert re.fullmatch(rb"before\n\n## Update: \d\d:\d\d \w+ \xe2\x80\x94 more\n\ntext\n", path.read_bytes())


def _linked(place: Path, target: Path) -> None:
    place.symlink_to(target)


def _fifo(place: Path, _target: Path) -> None:
    os.mkfifo(place)


def _folder(place: Path, target: Path) -> None:
    place.mkdir()
    (place / "inside.md").write_bytes(target.read_bytes())


KINDS = pytest.mark.parametrize("make", [_linked, _fifo, _folder])


@KINDS
def test_only_plain_files_are_found(make: Callable[[Path, Path], None], tmp_path: Path) -> None:
    folder, target = tmp_path / "logs", tmp_path / "target.md"
    folder.mkdir()
    target.write_text(session_log.front_matter({"session_id": "s"}))
    make(folder / "2026-01-02-ada-x.md", target)
    assert session_log.find_log([folder], "s") is None
    plain = folder / "2026-01-01-ada-x.md"
    plain.write_bytes(target.read_bytes())
    assert session_log.find_log([folder], "s") == plain


@KINDS
def test_what_is_no_plain_file_is_not_read(make: Callable[[Path, Path], None], tmp_path: Path) -> None:
    path, target = tmp_path / "x.md", tmp_path / "target.md"
    target.write_text(session_log.front_matter({"session_id": "s", session_log.DIGEST: "true"}))
    make(path, target)
    with pytest.raises(OSError, match=r"a link|no regular file"):
        session_log.read_fact(path, "session_id")
    with pytest.raises(OSError, match=r"a link|no regular file"):
        session_log.is_digest(path)
    with pytest.raises(OSError, match=r"a link|no regular file"):
        session_log.append(path, "more", "text")
    assert "more" not in target.read_text()
