from __future__ import annotations

import time
from pathlib import Path

import pytest

from session_sync.git import network
from session_sync.git.failure import GitError, is_contention
from session_sync.git.network import Line
from session_sync.git.run import Git
from support.trees import Repo

BUSY = "fatal: the remote end hung up unexpectedly"


class Remote:
    """Answers of git, one after another; an error's text is one that git dies of."""

    def __init__(self, *answers: bytes | str) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, ...]] = []

    def progress(self) -> None:
        """As a git has it."""

    def talk(self, *arguments: str, **_: object) -> bytes:
        self.asked.append(arguments)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise GitError(arguments[0], answer)
        return answer


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it would have waited."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def line(remote: Remote) -> Line:
    return Line(remote)  # type: ignore[arg-type]


def test_what_was_in_the_way_is_tried_again(pauses: list[float]) -> None:
    remote = Remote(BUSY, "error: RPC failed; HTTP 503", b"done")
    one = line(remote)
    assert one.talk("fetch", "x") == b"done"
    assert remote.asked == [("fetch", "x")] * 3
    assert one.retries == len(pauses) == 2


def test_pauses_grow_but_stay_short(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    with pytest.raises(GitError, match="hung up"):
        line(Remote(*[BUSY] * network.TRIES)).talk("fetch")
    assert pauses == [0.25, 0.5, 1, 2, 4, 8, 8]


def test_nobody_waits_longer_than_the_limit(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "RETRY_LIMIT", -1)
    with pytest.raises(GitError, match="hung up"):
        line(Remote(BUSY)).talk("fetch")
    assert pauses == []


@pytest.mark.parametrize("said", ["fatal: Authentication failed", "ssh: Could not resolve host h", "fatal: bad object"])
def test_what_another_try_does_not_mend_is_not_tried_again(said: str) -> None:
    remote = Remote(said)
    with pytest.raises(GitError):
        line(remote).talk("fetch")
    assert len(remote.asked) == 1


REJECTED = "To /x\n!\tHEAD:refs/heads/main\t[rejected] (fetch first)\nDone\nerror: failed to push some refs to '/x'\n"


def test_a_refused_push_is_told_and_not_tried_again() -> None:
    remote = Remote(REJECTED)
    assert line(remote).push("origin", ("HEAD", "refs/heads/main")) == {"refs/heads/main": "[rejected] (fetch first)"}
    assert len(remote.asked) == 1


UNPACK = (
    "{}error: remote unpack failed: index-pack abnormal exit\nTo /x\n"
    "!\tHEAD:refs/heads/main\t[remote rejected] (unpacker error)\nDone\n"
)


def test_a_push_that_the_remote_could_not_unpack_is_tried_again() -> None:
    remote = Remote(UNPACK.format(""), UNPACK.format(""), b"To /x\n*\tHEAD:refs/heads/main\t[new branch]\nDone\n")
    assert line(remote).push("origin", ("HEAD", "refs/heads/main")) == {}
    assert len(remote.asked) == 3


def test_a_remote_that_cannot_unpack_is_told_in_the_end(pauses: list[float]) -> None:
    remote = Remote(*[UNPACK.format("")] * network.UNPACKINGS)
    (why,) = line(remote).push("origin", ("HEAD", "refs/heads/main")).values()
    assert why == "[remote rejected] (unpacker error): index-pack abnormal exit; ask who runs the remote"
    assert not is_contention(why)
    assert len(pauses) == network.UNPACKINGS - 1


def test_a_remote_without_room_is_not_asked_again() -> None:
    remote = Remote(UNPACK.format("remote: fatal: write error: No space left on device\n"))
    (why,) = line(remote).push("origin", ("HEAD", "refs/heads/main")).values()
    assert "No space left on device" in why
    assert len(remote.asked) == 1


def test_a_push_that_says_nothing_is_not_taken() -> None:
    assert line(Remote(b"Done\n")).push("origin", ("HEAD", "refs/heads/main")) == {
        "refs/heads/main": "git did not push it"
    }


def test_a_push_is_never_forced_and_signed_only_when_asked() -> None:
    answer = b"To /x\n*\tHEAD:refs/heads/main\t[new branch]\nDone\n"
    remote = Remote(answer, answer)
    assert line(remote).push("origin", ("HEAD", "refs/heads/main")) == {}
    assert line(remote).push("origin", ("HEAD", "refs/heads/main"), signed=True) == {}
    plain, signed = remote.asked
    assert plain[-2:] == ("origin", "HEAD:refs/heads/main")
    assert "--no-signed" in plain
    assert "--no-signed" not in signed
    assert not any(word.startswith(("--force", "-f", "+")) for word in plain + signed)


def test_refusals_are_read_from_porcelain() -> None:
    answer = (
        "To /x\n \trefs/heads/a:refs/heads/a\tabc..def\n"
        "!\trefs/proposals/main:refs/heads/main\t[rejected] (fetch first)\nDone\n"
    )
    assert network.refusals(answer) == {"refs/heads/main": "[rejected] (fetch first)"}
    assert network.taken(answer) == {"refs/heads/a"}


@pytest.mark.parametrize(
    ("flag", "taken"), [(" ", True), ("*", True), ("=", True), ("!", False), ("+", False), ("-", False), ("", False)]
)
def test_a_push_counts_only_when_git_says_so(flag: str, taken: bool) -> None:
    answer = f"To /x\n{flag}\trefs/heads/a:refs/heads/a\t[new branch]\nDone\n"
    assert ("refs/heads/a" in network.taken(answer)) == taken


def test_with_a_real_remote(tmp_path: Path) -> None:
    """One ref is new, one is there, one would have to be forced, and one is refused by the remote's hook."""
    repo, bare = Repo(tmp_path / "tree"), tmp_path / "bare.git"
    repo.commit()
    repo.publish(bare)
    repo.git("push", "-q", "origin", "main:behind")
    other = repo.clone(tmp_path / "other")
    other.git("push", "-q", str(bare), f"{other.commit({'x': 'theirs'})}:refs/heads/behind")
    commit = repo.commit({"x": "ours"})
    hook = bare / "hooks" / "update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/no ] || { echo "not you" >&2; exit 1; }\n')
    hook.chmod(0o755)

    refs = [(commit, f"refs/heads/{name}") for name in ("main", "behind", "no", "new")]
    refused = Line(Git(tree=repo.root)).push("origin", *refs)
    assert refused == {
        "refs/heads/behind": "[rejected] (fetch first)",
        "refs/heads/no": "[remote rejected] (hook declined): not you; ask who runs the remote",
    }
    assert repo.git("ls-remote", "origin", "main", "new").count(commit) == 2
