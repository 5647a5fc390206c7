"""What was purged from a log repository by a rewrite stays purged; what was only lost is pushed again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from session_sync.home import paths
from support.homes import OTHER_MACHINE, OWN, Home, Remote, make_machine
from support.narratives import narrative

OTHER = f"machines/{OTHER_MACHINE}"
SECRET = b"hunter2-of-the-customer"


def purge(remote: Remote, name: str, *branches: str) -> None:
    """Take every file called `name` out of the history of `branches`, or of all, as somebody with a broom does."""
    rewrite(remote, "--index-filter", f"git rm -q --cached --ignore-unmatch -r '*/{name}'", *branches)


def rewrite(remote: Remote, option: str, command: str, *branches: str) -> None:
    """Run git's own broom over the remote, and leave nothing of the old history."""
    env = {**os.environ, "FILTER_BRANCH_SQUELCH_WARNING": "1"}
    broom = ["git", "-C", str(remote.path), "filter-branch", "-f", option, command, "--", *(branches or ["--all"])]
    subprocess.run(broom, check=True, capture_output=True, env=env)
    for ref in remote.git("for-each-ref", "--format=%(refname)", "refs/original").decode().split():
        remote.git("update-ref", "-d", ref)
    remote.git("reflog", "expire", "--expire=now", "--all")
    remote.git("gc", "-q", "--prune=now")


def secret_log(home: Home, topic: str = "leak", *arguments: str) -> Path:
    return home.save(topic, *arguments, body=narrative(Key_Decisions=SECRET.decode()))


def kept_refs(home: Home) -> list[str]:
    return here(home, "for-each-ref", "--format=%(refname)", "refs/kept").decode().split()


def here(home: Home, *arguments: str) -> bytes:
    """Ask git about our own copy."""
    git_dir = home.path / "repositories" / "default.git"
    return subprocess.run(["git", f"--git-dir={git_dir}", *arguments], check=True, capture_output=True).stdout


def names(remote: Remote, ref: str) -> list[str]:
    return sorted(Path(name).name for name in remote.files(ref))


@pytest.mark.parametrize("new", [True, False])
def test_a_purged_log_stays_purged_and_new_work_goes_on(home: Home, other: Home, remote: Remote, new: bool) -> None:
    one, leak = home.save("one"), secret_log(home)
    other.save("two")
    purge(remote, leak.name)
    assert SECRET not in remote.everything()
    three = home.save("three", code=0) if new else one
    ran = home.sync()
    other.save("four")
    home.sync()
    assert SECRET not in remote.everything()
    assert names(remote, OWN) == sorted({one.name, three.name})
    assert leak.is_file()
    assert "[WARNING] not pushed: 1 file purged from" in ran.out
    assert "--push-purged" in ran.out
    assert leak.name in ran.out
    (kept,) = kept_refs(home)
    git_dir = home.path / "repositories" / "default.git"
    shown = subprocess.run(
        ["git", f"--git-dir={git_dir}", "show", f"{kept}:{OWN}/projects/PILOT/{leak.name}"],
        capture_output=True,
        check=True,
    )
    assert SECRET in shown.stdout


def test_a_rewrite_is_told_once_and_what_stays_here_in_each_round(home: Home, remote: Remote) -> None:
    leak = secret_log(home)
    purge(remote, leak.name)
    first, second = home.sync(), home.sync()
    assert f"the history of {OWN} was rewritten on {remote.path}, and 1 file purged" in first.out
    assert "was rewritten" not in second.out
    assert "not pushed: 1 file purged" in second.out
    status = home.run("sync-logs", "--status")
    assert "not pushed: 1 file purged" in status.out
    assert ", 0 logs waiting" in status.out
    report = json.loads(home.sync("--json").out)
    assert report["repositories"][0]["purged"] == [str(leak)]


@pytest.mark.parametrize("lost", ["state", "repositories", "state repositories"])
def test_a_purge_outlives_what_can_be_made_again(home: Home, remote: Remote, lost: str) -> None:
    home.save("one")
    leak = secret_log(home)
    purge(remote, leak.name)
    home.sync()
    for name in lost.split():
        shutil.rmtree(home.path / name)
    home.save("two")
    assert SECRET not in remote.everything()


def test_a_purged_log_that_grows_stays_here_and_one_that_was_cleaned_goes(home: Home, remote: Remote) -> None:
    leak = secret_log(home, "leak", "--session-id", "s")
    purge(remote, leak.name)
    home.sync()
    home.save("more", "--session-id", "s")
    assert SECRET not in remote.everything()
    leak.write_bytes(leak.read_bytes().replace(SECRET, b"(removed)"))
    ran = home.sync()
    assert "not pushed" not in ran.out
    assert names(remote, OWN) == [leak.name]
    assert SECRET not in remote.everything()


def test_a_copy_of_a_purged_log_is_not_pushed(home: Home, remote: Remote) -> None:
    leak = secret_log(home)
    purge(remote, leak.name)
    home.sync()
    home.put("OTHER", "copy.md", leak.read_bytes())
    home.sync()
    assert SECRET not in remote.everything()


def test_what_was_purged_is_pushed_on_request(home: Home, remote: Remote) -> None:
    leak = secret_log(home)
    purge(remote, leak.name)
    home.sync()
    ran = home.sync("--push-purged")
    assert names(remote, OWN) == names(remote, "main") == [leak.name]
    assert "not pushed" not in ran.out + home.sync().out


def test_what_was_purged_and_then_removed_here_is_told_no_more(home: Home, remote: Remote) -> None:
    leak = secret_log(home)
    purge(remote, leak.name)
    home.sync()
    leak.unlink()
    assert "not pushed" not in home.sync().out
    assert SECRET not in remote.everything()


def test_a_log_removed_from_the_store_does_not_come_back_after_a_rewrite(home: Home, remote: Remote) -> None:
    kept, leak = home.save("kept"), secret_log(home)
    leak.unlink()
    purge(remote, leak.name)
    home.save("new")
    home.sync("--force")
    assert SECRET not in remote.everything()
    assert kept.name in names(remote, OWN)


def test_a_replaced_text_stays_replaced(home: Home, remote: Remote) -> None:
    leak = secret_log(home)
    replace = (
        f"find . -name '{leak.name}' -exec sed -i.old s/{SECRET.decode()}/REMOVED/ {{}} +; find . -name '*.old' -delete"
    )
    rewrite(remote, "--tree-filter", replace)
    assert SECRET not in remote.everything()
    home.save("new")
    assert SECRET not in remote.everything()
    assert any(b"REMOVED" in text for text in remote.files(OWN).values())


def test_what_was_committed_and_never_pushed_is_carried_over(home: Home, remote: Remote) -> None:
    leak = secret_log(home)
    purge(remote, leak.name)
    away = remote.path.rename(remote.path.with_name("away.git"))
    waiting = home.save("waiting", code=75)
    text = waiting.read_bytes()
    waiting.unlink()
    away.rename(remote.path)
    home.sync()
    assert list(remote.files(OWN).values()) == [text]
    assert SECRET not in remote.everything()


def test_an_own_branch_that_a_purge_of_main_removed_begins_again(home: Home, other: Home, remote: Remote) -> None:
    one, leak = home.save("one"), secret_log(home)
    remote.git("update-ref", "-d", f"refs/heads/{OWN}")
    purge(remote, leak.name, "main")
    home.save("two")
    assert SECRET not in remote.everything()
    assert one.name in names(remote, "main")


def test_main_rewritten_alone_never_gets_its_old_commits_back(home: Home, other: Home, remote: Remote) -> None:
    home.save("one")
    other.save("two")
    old = remote.git("rev-parse", "main").decode().strip()
    stream = b"commit refs/heads/main\ncommitter x <x@x> 1 +0000\ndata 1\nx\n\n"
    remote.git("fast-import", "--quiet", "--force", data=stream)
    home.save("three")
    assert old not in remote.git("rev-list", "main").decode().split()
    assert remote.files("main") == {**remote.files(OWN), **remote.files(OTHER)}


def test_no_object_of_another_machines_old_branch_goes_up(home: Home, other: Home, remote: Remote) -> None:
    leak = secret_log(other)
    home.save("one")
    home.sync("--pull")
    purge(remote, leak.name)
    home.save("two")
    assert SECRET not in remote.everything()
    assert leak.name not in remote.git("log", "--all", "--name-only").decode()


def test_a_renamed_main_is_followed(home: Home, other: Home, remote: Remote) -> None:
    home.save("one")
    remote.git("branch", "-m", "main", "trunk")
    home.save("two")
    other.save("three")
    assert sorted(remote.branches()) == sorted([OTHER, OWN, "trunk"])
    assert len(remote.files("trunk")) == 3


def test_a_deleted_main_is_made_again(home: Home, remote: Remote) -> None:
    home.save("one")
    remote.git("update-ref", "-d", "refs/heads/main")
    home.save("two")
    assert remote.files("main") == remote.files(OWN)


def test_a_deleted_branch_is_pushed_again_and_told(home: Home, other: Home, remote: Remote) -> None:
    home.save("one")
    other.save("two")
    remote.git("update-ref", "-d", f"refs/heads/{OWN}")
    assert f"has lost the branch {OWN}: it is pushed again" in home.sync().out
    assert len(remote.files(OWN)) == 1


def test_an_emptied_remote_is_filled_and_told(home: Home, remote: Remote) -> None:
    home.save("one")
    shutil.rmtree(remote.path)
    again = Remote(remote.path)
    ran = home.sync()
    assert "is empty, though it had this machine's logs" in ran.out
    assert len(again.files(OWN)) == len(again.files("main")) == 1
    assert "is empty" not in home.sync().out


def test_a_remote_made_anew_gets_all_machines_again(home: Home, other: Home, remote: Remote) -> None:
    home.save("one")
    other.save("two")
    shutil.rmtree(remote.path)
    again = Remote(remote.path)
    home.sync()
    other.sync()
    assert again.files("main") == {**again.files(OWN), **again.files(OTHER)}
    assert len(again.files("main")) == 2


def test_another_empty_remote_is_filled_without_a_word(home: Home, tmp_path: Path) -> None:
    home.save("one")
    new = Remote(tmp_path / "new.git")
    (home.path / "config.yaml").write_text(f"remote: {new.path}\n")
    assert "WARNING" not in home.sync().out
    assert len(new.files(OWN)) == 1


def test_a_remote_that_was_restored_is_healed(home: Home, remote: Remote) -> None:
    home.save("one")
    shutil.copytree(remote.path, remote.path.with_name("backup.git"))
    home.save("two")
    shutil.rmtree(remote.path)
    remote.path.with_name("backup.git").rename(remote.path)
    ran = home.sync()
    assert "restored from a backup?" in ran.out
    assert "another machine" not in ran.out
    assert len(remote.files(OWN)) == len(remote.files("main")) == 2
    assert kept_refs(home) == []


def test_a_url_that_now_holds_something_else_gets_nothing(home: Home, remote: Remote) -> None:
    home.save("one")
    shutil.rmtree(remote.path)
    again = Remote(remote.path)
    stream = b"commit refs/heads/main\ncommitter x <x@x> 1 +0000\ndata 1\nx\nM 100644 inline src/app.py\ndata 1\nx\n\n"
    again.git("fast-import", "--quiet", data=stream)
    path = home.save("two", code=1)
    ran = home.sync(code=1)
    assert path.is_file()
    assert "holds no session logs any more but something else (main); nothing was pushed" in ran.out
    assert again.branches() == ["main"]


def test_a_record_of_purges_that_cannot_be_read_lets_nothing_go(home: Home, remote: Remote) -> None:
    leak = secret_log(home)
    purge(remote, leak.name)
    home.sync()
    (record,) = (home.path / "purged").iterdir()
    record.write_bytes(b"{")
    ran = home.sync("--force", code=1)
    assert str(record) in ran.out
    assert SECRET not in remote.everything()


def test_two_repositories_with_one_remote_are_wrong_configuration(home: Home, remote: Remote) -> None:
    config = home.path / "config.yaml"
    config.write_text(f"remote: {remote.path}\nrepositories:\n  second: {remote.path}/\n")
    ran = home.sync(code=2)
    assert "gives the repositories second and default one remote" in ran.err


def test_the_record_is_where_the_layout_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SESSION_SYNC_HOME", str(tmp_path))
    assert paths.purged_file("default") == tmp_path / "purged" / "default.json"


def test_a_home_of_an_earlier_version_recognises_a_rewrite_too(home: Home, remote: Remote) -> None:
    """It has no record of what was acknowledged but the refs that it fetched."""
    home.save("one")
    leak = secret_log(home)
    for ref in here(home, "for-each-ref", "--format=%(refname)", "refs/acknowledged").decode().split():
        here(home, "update-ref", "-d", ref)
    purge(remote, leak.name)
    home.save("two")
    assert SECRET not in remote.everything()
    assert len(remote.files(OWN)) == 2


def test_a_purged_branch_of_a_former_uuid_stays_purged(tmp_path: Path, remote: Remote, compiled_rules: Path) -> None:
    home = make_machine(tmp_path / "h", "", remote, compiled_rules)
    home.save("one")
    leak = secret_log(home)
    record = json.loads((home.path / "machine-id.json").read_bytes())
    record.update(previous_uuids=[record["machine_uuid"]], machine_uuid="99999999-9999-4999-8999-999999999999")
    (home.path / "machine-id.json").write_text(json.dumps(record))
    home.save("two")
    purge(remote, leak.name)
    home.save("three")
    home.sync("--force")
    shutil.rmtree(home.path / "state")
    home.sync()
    assert SECRET not in remote.everything()


def test_purged_while_offline_and_other_work_waits(home: Home, remote: Remote) -> None:
    """Both came between two rounds: what waits goes, also what is committed here on the old history."""
    home.save("one")
    leak = secret_log(home, "leak", "--session-id", "s")
    away = remote.path.rename(remote.path.with_name("away.git"))
    home.save("grown", "--session-id", "s", code=75)
    waiting = home.save("waiting", code=75)
    away.rename(remote.path)
    purge(remote, leak.name)
    home.sync()
    assert SECRET not in remote.everything()
    assert waiting.name in names(remote, OWN)
