from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from session_sync.errors import UserError
from session_sync.git.failure import GitError
from session_sync.git.run import Answer, Git
from session_sync.home import paths
from session_sync.identity.user import Identity
from session_sync.logs import session_log
from session_sync.sync import incoming_notes, notes
from session_sync.sync.incoming_notes import Received
from session_sync.sync.notes import Note
from support.homes import MACHINE, OTHER_MACHINE
from support.members import Member

ADA = Identity("ada", "ada@example.org", "Ada Lovelace", "", "", ())
HELLO = "## Note for ada\n\nhello\n"
LOG = "projects/PILOT/session-logs/2026-03-01-grace-x.md"


class Tree:
    """A shared tree in which Grace commits."""

    def __init__(self, root: Path) -> None:
        self.root = root
        subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
        self.git("config", "user.name", "Grace Example")
        self.git("config", "user.email", "grace@example.org")

    def git(self, *arguments: str, data: bytes = b"", **env: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, input=data, env={**os.environ, **env})
        return done.stdout.decode().strip()

    def put(self, text: str | bytes, path: str = LOG) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode() if isinstance(text, str) else text)
        self.git("add", "-A")

    def commit(self, *options: str, **env: str) -> str:
        self.git("commit", "-q", "--allow-empty", "-m", "a subject\n\nand more", *options, **env)
        return self.git("rev-parse", "HEAD")

    def write(self, text: str | bytes, path: str = LOG) -> str:
        """Commit `text` as a log; returns the commit."""
        self.put(text, path)
        return self.commit()

    def receive(self) -> int:
        new, passed_over = self.receive_some()
        assert passed_over == 0
        return new

    def receive_some(self, progress: Callable[[], None] = lambda: None) -> Received:
        return incoming_notes.receive_notes(self.root, self.git("rev-parse", "HEAD"), ADA, MACHINE, progress)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "tree")


def received() -> list[Note]:
    found, damaged = notes.unread()
    assert damaged == 0
    return found


def test_a_note_comes_with_the_commit_that_brought_it(tree: Tree) -> None:
    head = session_log.front_matter({"user": "grace", "machine": OTHER_MACHINE})
    tree.write(f"{head}\n# x\n")
    brought = tree.write(f"{head}\n# x\n\n{HELLO}")
    tree.write(f"{head}\n# x\n\n{HELLO}\n## Update\n\nmore\n")
    assert tree.receive() == 1
    (note,) = received()
    assert note.commit == brought
    assert (note.author, note.email, note.logged_by) == ("Grace Example", "grace@example.org", "grace")
    assert (note.addressee, note.text, note.path) == ("ada", "hello", LOG)
    assert (note.signature, note.tree) == ("not signed", str(tree.root))
    assert note.date == tree.git("show", "-s", "--format=%as", brought)


def test_only_what_is_new_since_the_last_time_comes(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.write(HELLO)
    assert tree.receive() == 1
    tree.write("## Message for everyone\nagain\n", "session-logs/y.md")
    tree.write("## Note for grace\nnot for ada\n", "session-logs/z.md")
    tree.write("## Note for ada\nno log\n", "docs/z.md")
    assert tree.receive() == 1
    assert sorted(note.text for note in received()) == ["again", "hello"]
    head = tree.git("rev-parse", "HEAD")
    monkeypatch.setattr(Git, "ask", None)
    assert incoming_notes.receive_notes(tree.root, head, ADA, MACHINE, lambda: None) == (0, 0)


def test_a_note_that_was_shown_does_not_come_again(tree: Tree) -> None:
    tree.write(HELLO)
    assert tree.receive() == 1
    notes.mark_shown(received())
    paths.notes_seen(tree.root).unlink()
    assert tree.receive() == 0
    assert received() == []


def test_of_a_tree_that_is_new_only_late_notes_come(tree: Tree) -> None:
    tree.put(HELLO)
    tree.commit(GIT_COMMITTER_DATE="2020-01-01T00:00:00Z")
    tree.write("## Note for ada\nlate\n", "session-logs/y.md")
    assert tree.receive() == 1
    assert [note.text for note in received()] == ["late"]


def test_a_rewritten_history_is_searched_again(tree: Tree) -> None:
    tree.write(HELLO)
    paths.notes_seen(tree.root).parent.mkdir(parents=True)
    for seen in ("0" * 39 + "1", "not a commit"):
        paths.notes_seen(tree.root).write_text(seen)
        tree.receive()
    assert [note.text for note in received()] == ["hello"]


def test_a_failure_is_told_and_forgets_nothing(tree: Tree) -> None:
    commit = tree.write(HELLO)
    with pytest.raises(UserError, match="git log failed: fatal: "):
        incoming_notes.receive_notes(tree.root, "0" * 39 + "1", ADA, MACHINE, lambda: None)
    assert not paths.notes_seen(tree.root).exists()
    assert tree.receive() == 1
    assert paths.notes_seen(tree.root).read_text() == commit


def test_own_logs_bring_nothing(tree: Tree) -> None:
    own = session_log.front_matter({"machine": MACHINE})
    tree.write(f"{own}\n## Note for all\n\nof mine\n")
    assert tree.receive() == 0
    hostile = '---\nmachine: {"a": 1}\nuser: ' + "[" * 5000 + "\n---\n"
    tree.write(f"{hostile}\n{HELLO}", "session-logs/y.md")
    assert tree.receive() == 1
    assert received()[0].logged_by == ""


def test_a_moved_log_brings_nothing(tree: Tree) -> None:
    tree.put(HELLO)
    tree.commit(GIT_COMMITTER_DATE="2020-01-01T00:00:00Z")
    tree.git("mv", LOG, "projects/PILOT/session-logs/renamed.md")
    tree.commit()
    assert tree.receive() == 0


def test_a_merge_brings_each_note_once_by_who_wrote_it(tree: Tree) -> None:
    tree.write("# x\n")
    tree.git("checkout", "-q", "-b", "side")
    side = tree.write(f"# x\n\n{HELLO}")
    tree.git("checkout", "-q", "main")
    tree.write("# x\n\n## Note for ada\n\nfrom main\n")
    tree.git("merge", "-q", "-s", "ours", "side", "-m", "m", "--no-commit")
    tree.put(f"# x\n\n## Note for ada\n\nfrom main\n\n{HELLO}\n## Note for ada\n\nof the merge\n")
    merge = tree.commit("--author=Merger <m@example.org>")
    assert tree.receive() == 3
    found = {note.text: note for note in received()}
    assert sorted(found) == ["from main", "hello", "of the merge"]
    assert (found["hello"].commit, found["hello"].email) == (side, "grace@example.org")
    assert (found["of the merge"].commit, found["of the merge"].email) == (merge, "m@example.org")


NAMES = ['q"uote', "new\nline", "-dash", ":100644 100644", "\x01" + "a" * 40, "ünï", "b" * 40]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_taken_for_something_else(tree: Tree, name: str) -> None:
    path = f"session-logs/{name}/{name}.md"
    tree.put(HELLO, path)
    tree.put("## Note for grace\nx\n", f"{name}/session-logs/x.md")
    commit = tree.commit(f"--author=:100644 {name} {'c' * 40} <{name}>")
    tree.write("## Note for ada\nnext\n", "session-logs/zz.md")
    assert tree.receive() == 2
    hello = next(note for note in received() if note.text == "hello")
    assert (hello.path, hello.commit) == (path, commit)
    assert "\n" not in notes.framed(hello).split("\n> ")[0].partition("\n")[2]


def test_a_name_that_is_no_utf8_is_kept_and_shown(tree: Tree) -> None:
    folder = os.fsencode(tree.root) + b"/session-logs"
    os.mkdir(folder)
    with open(folder + b"/\xff.md", "w") as stream:
        stream.write(HELLO)
    tree.git("add", "-A")
    tree.commit(GIT_AUTHOR_NAME="\udcff")
    assert tree.receive() == 1
    (note,) = received()
    assert "in session-logs/\\udcff.md, " in notes.framed(note)
    assert notes.framed(note).encode()


def test_the_users_settings_of_git_change_nothing(tree: Tree, sealed_home: Path) -> None:
    with open(sealed_home / ".gitconfig", "a") as stream:
        stream.write("[log]\nshowSignature = true\nshowRoot = false\nfollow = true\ndiffMerges = first-parent\n")
        stream.write(
            "[color]\nui = always\n[diff]\nrenames = copies\nexternal = false\n[i18n]\nlogOutputEncoding = latin1\n"
        )
    tree.put(HELLO)
    tree.commit("--author=Gräce <g@example.org>")
    assert tree.receive() == 1
    assert received()[0].author == "Gräce"


@pytest.mark.parametrize("content", [b"x" * 2_000_001 + b"\n" + HELLO.encode(), b"", b"\0\xff## Note for ada\n"])
def test_what_is_no_log_stops_nothing(tree: Tree, content: bytes) -> None:
    tree.put(content, "session-logs/a.md")
    tree.put(b"\xef\xbb\xbf" + HELLO.replace("\n", "\r\n").encode() + b"\xff\0", "session-logs/b.md")
    assert tree.write("", "session-logs/c.md")
    assert tree.receive() == 1
    assert received()[0].text.startswith("hello\n\ufffd")


def test_the_notes_of_several_logs_arrive(tree: Tree) -> None:
    for number in range(5):
        tree.put(f"## Note for ada\n{str(number) * 60}\n", f"session-logs/{number}.md")
    tree.commit()
    assert tree.receive() == 5


def test_a_link_and_a_submodule_are_no_logs(tree: Tree) -> None:
    commit = tree.write(HELLO)
    os.symlink("/etc/passwd", tree.root / "projects/PILOT/session-logs/link.md")
    tree.git("add", "-A")
    tree.git("update-index", "--add", "--cacheinfo", f"160000,{commit},session-logs/sub.md")
    tree.commit()
    assert tree.receive() == 1


def flood(name: str, count: int) -> str:
    return "".join(f"## Note for all: {name} {number}\nx\n" for number in range(count))


def test_a_commit_brings_only_so_many_notes(tree: Tree) -> None:
    tree.write(flood("a", 20_000))
    tree.write(HELLO, "session-logs/y.md")
    shown = list[int]()
    begin = time.process_time()
    assert tree.receive_some(lambda: shown.append(1)) == (incoming_notes.MOST_OF_COMMIT + 1, 19_980)
    assert time.process_time() - begin < 4
    assert len(shown) >= 4  # for each log and each commit
    assert "hello" in [note.text for note in received()]
    assert tree.receive_some() == (0, 0)


def test_only_so_many_notes_come_at_once(tree: Tree) -> None:
    for number in range(7):
        tree.write(flood(str(number), 18), f"session-logs/{number}.md")
    assert tree.receive_some() == (incoming_notes.MOST_AT_ONCE, 7 * 18 - incoming_notes.MOST_AT_ONCE)
    assert len(received()) == incoming_notes.MOST_AT_ONCE


def test_a_note_that_is_repeated_or_known_counts_once(tree: Tree) -> None:
    tree.write(HELLO * 100 + flood("a", incoming_notes.MOST_OF_COMMIT - 1))
    assert tree.receive_some() == (incoming_notes.MOST_OF_COMMIT, 0)
    paths.notes_seen(tree.root).unlink()
    assert tree.receive_some() == (0, 0)


def test_a_flood_is_told_and_shown_in_parts(ada: Member, bob: Member) -> None:
    bob.write("session-logs/2026-01-01-bob-x.md", flood("x", 30))
    bob.sync()
    bob.write("session-logs/2026-01-01-bob-y.md", flood("y", 5))
    bob.sync()
    first = ada.run("sync", CLAUDE_CODE_SESSION_ID="s-1").out
    assert first.count("MESSAGE FROM Bob Example") == 20
    assert "\n5 more notes waiting; scripts/run sync --notes\n" in first
    assert "[WARNING] 10 notes passed over: too many; see the session logs\n" in first
    again = ada.run("sync", "--notes").out
    assert again.count("MESSAGE FROM Bob Example") == 5
    assert "more notes waiting" not in again
    assert "passed over" not in again
    assert not set(re.findall(r"\[xy] .*,", first)) & set(re.findall(r"\[xy] .*,", again))
    assert ada.run("sync", "--notes").out == "no unread notes\n"


def test_the_report_holds_what_is_shown(ada: Member, bob: Member) -> None:
    for name in "xy":
        bob.write(f"session-logs/2026-01-01-bob-{name}.md", flood(name, 15))
        bob.sync()
    ran = ada.run("sync", "--json", CLAUDE_CODE_SESSION_ID="s-1")
    assert len(json.loads(ran.out)["notes"]) == 20
    assert "10 more notes waiting; " in ran.err
    ran = ada.run("sync", "--json", "--notes")
    assert len(json.loads(ran.out)["notes"]) == 10


@pytest.fixture
def signed(tree: Tree, tmp_path: Path) -> Tree:
    """A tree whose commits are signed with a key that is trusted for Grace."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    allowed = tmp_path / "allowed"
    allowed.write_text(f"grace@example.org {key.with_suffix('.pub').read_text()}")
    settings = {"gpg.format": "ssh", "user.signingKey": str(key), "commit.gpgSign": "true"}
    for name, value in {**settings, "gpg.ssh.allowedSignersFile": str(allowed)}.items():
        tree.git("config", name, value)
    return tree


def signature(tree: Tree) -> str:
    tree.receive()
    return received()[-1].signature


def test_a_trusted_signature_is_verified(signed: Tree) -> None:
    signed.write(HELLO)
    assert signature(signed) == "verified"


@pytest.mark.parametrize("email", ["boss@example.org", "race@example.org", ""])
def test_who_signed_for_somebody_else_is_named(signed: Tree, email: str) -> None:
    signed.put(HELLO)
    signed.commit(f"--author=Boss <{email}>")
    assert signature(signed) == "verified, signed by grace@example.org"


def test_a_key_that_is_not_trusted_is_told(signed: Tree, tmp_path: Path) -> None:
    (tmp_path / "allowed").write_text("")
    signed.write(HELLO)
    assert signature(signed) == "signed, but its key is not trusted"


def test_a_commit_that_was_changed_is_bad(signed: Tree) -> None:
    signed.write(HELLO)
    content = signed.git("cat-file", "commit", "HEAD").replace("a subject", "another subject") + "\n"
    changed = signed.git("hash-object", "-t", "commit", "-w", "--stdin", data=content.encode())
    signed.git("update-ref", "HEAD", changed)
    assert signature(signed) == "BAD: the commit was changed after it was signed"


def test_a_signature_that_cannot_be_checked_is_not_called_missing(signed: Tree) -> None:
    signed.write(HELLO)
    signed.git("config", "--unset", "gpg.ssh.allowedSignersFile")
    assert signature(signed) == "cannot be checked here"


def test_without_gpg_its_signatures_are_not_called_missing(tree: Tree) -> None:
    tree.write(HELLO)
    head, _, message = tree.git("cat-file", "commit", "HEAD").partition("\n\n")
    armor = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----"
    content = f"{head}\n{armor}\n\n{message}\n".encode()
    tree.git("update-ref", "HEAD", tree.git("hash-object", "-t", "commit", "-w", "--stdin", data=content))
    tree.git("config", "gpg.program", "/nowhere/gpg")
    assert signature(tree) == "cannot be checked here"


def test_a_check_that_fails_loses_no_note(signed: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    signed.write(HELLO)
    ask = Git.ask

    def fail(git: Git, *arguments: str, **options: Any) -> Answer:
        if "--no-walk" in arguments:
            raise GitError("log", "fatal: not done after 300 s")
        return ask(git, *arguments, **options)

    monkeypatch.setattr(Git, "ask", fail)
    assert signature(signed) == "cannot be checked here"
