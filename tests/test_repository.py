from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from session_sync import repository
from session_sync.repository import Repository, https_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@forge.example:team/logs.git", "https://forge.example/team/logs.git"),
        ("ssh://git@forge.example/team/logs.git", "https://forge.example/team/logs.git"),
        ("ssh://git@forge.example:2222/team/logs.git", "https://forge.example/team/logs.git"),
        ("forge.example:team/logs.git", "https://forge.example/team/logs.git"),
        ("https://forge.example/team/logs.git", "https://forge.example/team/logs.git"),
        ("http://127.0.0.1:80/x.git", "http://127.0.0.1:80/x.git"),
        ("/srv/logs.git", "/srv/logs.git"),
        ("../logs.git", "../logs.git"),
        ("file:///srv/logs.git", "file:///srv/logs.git"),
        ("C:\\logs.git", "C:\\logs.git"),
        ("C:/logs.git", "C:/logs.git"),
    ],
)
def test_https_url(url: str, expected: str) -> None:
    assert https_url(url) == expected


def test_blob_ids_are_gits(tmp_path: Path) -> None:
    for data in (b"", b"text\n", b"\0\xff"):
        asked = subprocess.run(["git", "hash-object", "--stdin"], input=data, capture_output=True, check=True).stdout
        assert repository.blob_id(data) == asked.decode().strip()


def test_a_password_never_reaches_gits_arguments() -> None:
    settings = repository._settings("https://ada:hunter%202@forge.example/x.git")
    assert settings["remote.session-sync.url"] == "https://forge.example/x.git"
    pair = base64.b64encode(b"ada:hunter 2").decode()
    assert settings["http.https://forge.example/x.git.extraHeader"] == f"Authorization: Basic {pair}"
    assert "hunter" not in str(settings)


def test_a_user_without_password_is_left_to_the_credential_helper() -> None:
    url = "https://ada@forge.example/x.git"
    assert repository._settings(url)["remote.session-sync.url"] == url


def test_a_killed_importer_changes_nothing(tmp_path: Path) -> None:
    one = Repository("default", str(tmp_path))
    one.prepare()

    def import_half() -> None:
        with one.importer() as importer:
            importer.commit("refs/heads/x", ("a", "b"), "m", [], [("100644", importer.blob(b"data"), b"x")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        import_half()
    assert one.resolve("refs/heads/x") == ""


def test_what_a_killed_git_left_is_cleared(tmp_path: Path) -> None:
    one = Repository("default", str(tmp_path))
    one.prepare()
    with one.importer() as importer:
        importer.commit("refs/heads/x", ("a", "b"), "m", [], [("100644", importer.blob(b"1"), b"x")])
    lock = one.git_dir / "refs" / "heads" / "x.lock"
    lock.write_bytes(b"")
    one.prepare()
    with one.importer() as importer:
        importer.commit("refs/heads/x", ("a", "b"), "m", ["refs/heads/x^0"], [("100644", importer.blob(b"2"), b"x")])
    assert one.run("cat-file", "blob", "refs/heads/x:x") == b"2"


def test_authors_cannot_break_out_of_their_line(tmp_path: Path) -> None:
    one = Repository("default", str(tmp_path))
    one.prepare()
    with one.importer() as importer:
        importer.commit(
            "refs/heads/x", ("a\nfrom y", "<e>\n"), "m\n\nfrom y", [], [("100644", importer.blob(b"1"), b"x")]
        )
    assert one.run("log", "-1", "--format=%an|%ae|%B", "refs/heads/x").decode().strip() == "afrom y|e|m\n\nfrom y"


def test_refusals_are_read_from_porcelain() -> None:
    answer = (
        "To /x\n \trefs/heads/a:refs/heads/a\tabc..def\n"
        "!\trefs/proposals/main:refs/heads/main\t[rejected] (fetch first)\nDone\n"
    )
    assert repository._refusals(answer) == {"refs/heads/main": "[rejected] (fetch first)"}
    assert repository._taken(answer) == {"refs/heads/a"}


@pytest.mark.parametrize(
    ("flag", "taken"), [(" ", True), ("*", True), ("=", True), ("!", False), ("+", False), ("", False)]
)
def test_a_push_counts_only_when_git_says_so(flag: str, taken: bool) -> None:
    answer = f"To /x\n{flag}\trefs/heads/a:refs/heads/a\t[new branch]\nDone\n"
    assert ("refs/heads/a" in repository._taken(answer)) == taken
