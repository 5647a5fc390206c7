"""Which files of the client's are transcripts, and what is told of those that are not."""

from __future__ import annotations

from pathlib import Path

from session_sync.transcripts.sources.gemini import source as gemini
from session_sync.transcripts.sources.search import Search
from support.gemini_sessions import DIRECTORY, MAIN, put, read, said


def test_files_of_which_none_is_understood_are_told(chats: Path, tmp_path: Path) -> None:
    put(chats, MAIN, name="chat-1.jsonl")
    put(chats, MAIN, name="chat-2.yaml")
    (tmp_path / ".gemini/tmp/other").mkdir()
    (tmp_path / ".gemini/tmp/other/conversation.json").write_text("{}")
    assert list(gemini.find(tmp_path, search := Search())) == []
    assert sorted(search.problems) == [
        f"{tmp_path}/.gemini/tmp/other: 1 file, of which none is understood",
        f"{chats}: 2 files, of which none is understood",
    ]


def test_a_project_without_sessions_is_no_problem(chats: Path, tmp_path: Path) -> None:
    (chats.parent / "shell_history").write_text("ls\n")
    (chats / ".DS_Store").write_text("")
    assert list(gemini.find(tmp_path, search := Search())) == []
    assert search.problems == []


def test_a_session_file_that_the_client_put_aside_is_read(chats: Path) -> None:
    path = put(chats, MAIN, said("a", "one"), name="session-x.jsonl.unreadable-1754125200000")
    assert [one.path for one in gemini.find(chats, Search())] == [str(path)]
    assert len(read(path)[1]) == 1


def test_a_link_is_followed_and_its_session_is_in_the_folder_of_the_link(chats: Path, tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere", MAIN, said("a", "one"), name="moved.jsonl")
    (chats / "session-link.jsonl").symlink_to(elsewhere)
    (transcript,) = gemini.find(tmp_path, search := Search())
    assert (transcript.session_id, search.problems) == ("session-link", [])
    session, items = read(chats / "session-link.jsonl")
    assert (session.cwd, len(items)) == (DIRECTORY, 1)


def test_a_file_is_read_once_however_many_links_lead_to_it(chats: Path, tmp_path: Path) -> None:
    path = put(chats, MAIN, name="session-z.jsonl")
    for name in ("session-a.jsonl", "session-b.jsonl"):
        (chats / name).symlink_to(path)
    assert [one.path for one in gemini.find(tmp_path, Search())] == [str(path)]


def test_a_link_that_is_not_followed_is_told(chats: Path) -> None:
    (link := chats / "session-link.jsonl").symlink_to(chats / "nowhere")
    assert list(gemini.find(chats, search := Search())) == []
    assert search.problems == [f"{link}: a link that leads nowhere"]
