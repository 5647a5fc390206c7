from __future__ import annotations

from support.homes import OTHER_MACHINE, OWN, Home, Remote

OTHER = f"machines/{OTHER_MACHINE}"


def test_main_catches_up_with_a_machine_whose_push_of_main_lost(home: Home, other: Home, remote: Remote) -> None:
    """Also with changes to a machine that is in main already, whose files were never fetched here."""
    home.save("one")
    other.save("two")
    hook = remote.path / "hooks" / "update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/main\n')
    hook.chmod(0o755)
    other.save("three")
    hook.unlink()
    home.save("four")
    assert remote.files("main") == {**remote.files(OWN), **remote.files(OTHER)}
    assert len(remote.files("main")) == 4


def test_a_commit_of_main_says_how_many_machines_it_brings(home: Home, remote: Remote) -> None:
    home.save("one")
    assert remote.git("log", "-1", "--format=%s", "main") == b"chore(logs): merge 1 machine\n"


def test_main_keeps_what_a_rewritten_branch_lost(home: Home, other: Home, remote: Remote) -> None:
    kept = other.save("two").read_bytes()
    rewrite(remote, {f"{OTHER}/projects/PILOT/new.md": b"new"})
    home.save("one")
    texts = remote.files("main").values()
    assert kept in texts
    assert b"new" in texts
    assert len(texts) == 3


def rewrite(remote: Remote, files: dict[str, bytes]) -> None:
    """Replace the other machine's branch by a commit that holds only `files`, as somebody with a broom might."""
    stream = f"commit refs/heads/{OTHER}\ncommitter x <x@x> 1 +0000\ndata 1\nx\n".encode()
    for path, data in files.items():
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)
    remote.git("update-ref", "-d", f"refs/heads/{OTHER}")
    remote.git("fast-import", "--quiet", "--force", data=stream)


def test_a_merged_view_that_lost_its_race_is_mended_by_the_next_round(home: Home, remote: Remote) -> None:
    lock = remote.path / "refs" / "heads" / "main.lock"  # another machine is writing main at this moment
    lock.touch()
    home.save("one")
    assert remote.branches() == [OWN]
    lock.unlink()
    home.sync()
    assert remote.files("main") == remote.files(OWN)


def test_main_keeps_what_others_put_there(home: Home, remote: Remote) -> None:
    tree = remote.git("hash-object", "-t", "tree", "-w", "/dev/null").decode().strip()
    commit = remote.git("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-m", "x", tree).decode().strip()
    remote.git("update-ref", "refs/heads/main", commit)
    home.save("one")
    assert remote.git("merge-base", "--is-ancestor", commit, "main") == b""
    assert remote.files("main") == remote.files(OWN)


def test_a_protected_main_does_not_hold_up_the_own_branch(home: Home, remote: Remote) -> None:
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\n! grep -q refs/heads/main\n")
    hook.chmod(0o755)
    home.save("one")
    assert remote.branches() == [OWN]


def test_a_main_that_may_not_be_advanced_is_said_once(home: Home, remote: Remote) -> None:
    hook = remote.path / "hooks" / "update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/main\n')
    hook.chmod(0o755)
    home.put("PILOT", "a.md", b"a")
    assert "does not let main be advanced" in home.sync().out
    assert "WARNING] the remote" not in home.sync().out
