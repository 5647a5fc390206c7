"""A session's two files, each whole or not at all, under a name that is its own."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pytest

from session_sync.transcripts.archive import verify
from session_sync.transcripts.archive.body import Body
from session_sync.transcripts.archive.hidden_json import SessionHead
from session_sync.transcripts.archive.pictures import Pictures
from session_sync.transcripts.archive.write import (
    FileNames,
    SessionContent,
    WrittenSession,
    remove_session,
    write_session,
)
from session_sync.transcripts.session import Attachment, Message
from support import agents
from support.archives import Export
from support.pages import a_page, no_links

PLACE = PurePosixPath("history/ada")


def test_files_are_for_their_owner_alone(export: Export) -> None:
    agents.claude(export.home, 1, "Hello")
    export()
    assert {path.stat().st_mode & 0o777 for path in export.out.rglob("*") if path.is_file()} == {0o600}


def test_two_sessions_of_the_same_minute_and_prompt_are_two(export: Export) -> None:
    for number in (1, 2, 3):
        agents.claude(export.home, number, "Same", output=f"output of {number}")
    export()
    texts = [path.read_text() for path in export.markdown()]
    assert len(texts) == 3
    assert all(any(f"output of {number}" in text for text in texts) for number in (1, 2, 3))
    before = export.times()
    export()
    assert export.times() == before


def test_a_name_that_another_machine_has_now_is_left_to_it(export: Export, tmp_path: Path) -> None:
    agents.claude(export.home, 1, "Same", output="ours")
    export()
    (markdown,) = export.markdown()
    theirs = tmp_path / "theirs"
    other = {"SESSION_SYNC_MACHINE_UUID": "33333333-3333-4333-8333-333333333333"}
    out, export.out = export.out, theirs
    agents.claude(export.home, 1, "Same", output="theirs")
    export(**other)
    shutil.rmtree(out)
    shutil.copytree(theirs, out)
    export.out = out
    agents.claude(export.home, 1, "Same", "More", output="ours")
    export()
    assert "theirs" in markdown.read_text()
    assert len(export.markdown()) == 2


def test_what_a_killed_run_left_half_written_goes(export: Export) -> None:
    agents.claude(export.home, 1, "One")
    export()
    left = export.markdown()[0].parent / ".0123456789abcdef.tmp"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    agents.claude(export.home, 2, "Two")
    export()
    assert not left.exists()


def write(
    archive: Path, session_id: str, names: tuple[str, ...] = ("one", "two"), *more: Message, pictures: bool = True
) -> WrittenSession:
    """Write a session of one prompt, and `more`."""
    with Body(a_page()) as body, Pictures(pictures) as kept:
        for message in (Message("user", text="Hello"), *more):
            kept.take(message)
            body.add(message)
        head = SessionHead("claude", session_id)
        content = SessionContent(head, body, kept, no_links)
        return write_session(
            archive, PLACE, FileNames((), names), content, lambda old: old.source_session_id == session_id
        )


def test_somebodys_own_file_is_not_written_over(tmp_path: Path) -> None:
    own = tmp_path / PLACE / "one.md"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    written = write(tmp_path, "1")
    assert (written.path, written.changed, own.read_text()) == (f"{PLACE}/two.md", True, "mine")
    assert write(tmp_path, "1") == written._replace(changed=False)
    remove_session(tmp_path / written.path)
    assert list(own.parent.iterdir()) == [own]


def test_without_a_free_name_nothing_is_left(tmp_path: Path) -> None:
    for session_id in ("1", "2"):
        write(tmp_path, session_id)
    before = {path: path.read_bytes() for path in (tmp_path / PLACE).iterdir()}
    with pytest.raises(FileExistsError, match="no free name"):
        write(tmp_path, "3")
    assert {path: path.read_bytes() for path in (tmp_path / PLACE).iterdir()} == before


@pytest.mark.parametrize("link", [PLACE, PLACE.parent])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: PurePosixPath) -> None:
    outside, archive = tmp_path / "outside", tmp_path / "archive"
    outside.mkdir()
    (archive / link).parent.mkdir(parents=True)
    (archive / link).symlink_to(outside)
    with pytest.raises(OSError, match="a link in the archive"):
        write(archive, "1")
    assert list(outside.iterdir()) == []


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_session_with_fewer_files_leaves_none_behind(tmp_path: Path) -> None:
    folder = tmp_path / PLACE
    long = [Message("assistant", text=f"{'word ' * 9000}") for _ in range(30)]
    picture = Attachment("image", content=b"GIF89a" + b"x" * 9)
    write(tmp_path, "1", ("one",), *long, Message("user", attachments=[picture]))
    whole = names_in(folder)
    assert {"one.md", "one.part2.md", "one.part3.md", ".one.json"} < whole
    assert len(whole) == 5
    write(tmp_path, "1", ("one",), *long[:15])
    assert names_in(folder) == {"one.md", "one.part2.md", ".one.json"}
    write(tmp_path, "1", ("one",))
    assert names_in(folder) == {"one.md", ".one.json"}


def test_somebodys_own_part_is_not_written_over(tmp_path: Path) -> None:
    own = tmp_path / PLACE / "one.part2.md"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    long = [Message("assistant", text=f"{'word ' * 9000}") for _ in range(30)]
    assert write(tmp_path, "1", ("one", "two"), *long).path == f"{PLACE}/two.md"
    assert own.read_text() == "mine"


@pytest.mark.parametrize("at", range(6))
def test_a_killed_run_is_mended_by_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Whatever of the files it had put in place."""
    long = [Message("assistant", text=f"{number} {'word ' * 9000}") for number in range(30)]
    name = "2026-11-20-1000-one"
    write(tmp_path, "1", (name,), *long[:20])
    replace, calls = os.replace, iter(range(99))

    def killed(*paths: Path) -> None:
        if next(calls) == at:
            raise KeyboardInterrupt
        replace(*paths)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with suppress(KeyboardInterrupt):
            write(tmp_path, "1", (name,), *long)
    assert write(tmp_path, "1", (name,), *long).path == f"{PLACE}/{name}.md"
    report = verify.verify(tmp_path)
    assert (report.problems, report.sessions) == ([], 1)
