"""The lock's protocol with real processes: who waits, who is served, who is killed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from session_sync import system
from session_sync.errors import Deferred, UsageError, UserError
from session_sync.home import lock, orphans, paths, spool
from support.homes import SCRIPTS

# A caller whose round goes on until a file is there, and writes one line: when it began, when it ended, how many it
# served.
CALLER = """
import json, sys, time
from pathlib import Path
from session_sync.home import lock
lock.owner.WATCHED = 0.5
record, end, wait = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
def work(tickets, progress):
    begin = time.monotonic()
    while not end.exists():
        time.sleep(0.01)
    with record.open("a") as out:
        out.write(json.dumps([begin, time.monotonic(), len(tickets)]) + "\\n")
    return {"code": 0}
print(json.dumps(lock.share_round(wait, work, {})))
"""


def start(record: Path, end: str | Path = "/nowhere", wait: float = 600) -> subprocess.Popen[bytes]:
    """A caller whose round lasts until there is a file at `end`."""
    command = [sys.executable, "-c", CALLER, str(record), str(end), str(wait)]
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for(condition: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator] # a function of no arguments
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def rounds(record: Path) -> list[list[float]]:
    return sorted(json.loads(line) for line in record.read_text().splitlines())


def test_many_callers_share_few_rounds_and_none_overlap(tmp_path: Path) -> None:
    record, end = tmp_path / "rounds", tmp_path / "end"
    callers = [start(record, end) for _ in range(12)]
    wait_for(lambda: len(spool.pending()) == 12)
    end.touch()
    answers = [json.loads(caller.communicate(timeout=120)[0]) for caller in callers]
    ran = rounds(record)
    assert sum(answer["rounds"] for answer in answers) == len(ran) <= 6
    assert sum(served for _, _, served in ran) == 12
    assert all(before[1] <= after[0] for before, after in pairwise(ran))
    assert spool.pending() == []


def test_killed_owners_block_nobody_and_lose_no_ticket(tmp_path: Path) -> None:
    record = tmp_path / "rounds"
    victims = [start(record) for _ in range(3)]
    for _ in victims:
        wait_for(lambda: any(victim.poll() is None and is_owner(victim.pid) for victim in victims))
        owner = next(victim for victim in victims if victim.poll() is None and is_owner(victim.pid))
        owner.kill()
        owner.wait()
    answer = start(record, "/").communicate(timeout=120)[0]
    assert json.loads(answer)["code"] == 0
    assert rounds(record)[-1][2] == 4  # its own ticket and those of the three dead
    assert spool.pending() == []


def is_owner(pid: int) -> bool:
    try:
        return bool(json.loads(paths.round_owner().read_bytes())["pid"] == pid)
    except (FileNotFoundError, ValueError):
        return False


def test_a_caller_who_waited_long_enough_defers_and_its_ticket_stays(tmp_path: Path) -> None:
    record = tmp_path / "rounds"
    owner = start(record, tmp_path / "end")
    wait_for(lambda: is_owner(owner.pid))
    with pytest.raises(Deferred):
        lock.share_round(0.2, lambda tickets, progress: {"code": 0}, {"projects": ["PILOT"]})
    (tmp_path / "end").touch()
    owner.communicate(timeout=120)
    assert spool.pending() == []  # the owner looked again and served it
    assert len(rounds(record)) == 2


def test_an_owner_without_progress_is_killed(tmp_path: Path) -> None:
    record = tmp_path / "rounds"
    owner = start(record)
    wait_for(lambda: is_owner(owner.pid))
    os.kill(owner.pid, signal.SIGSTOP)
    old = time.time() - lock.owner.HUNG_AFTER - 1
    os.utime(paths.round_owner(), (old, old))
    answer = start(record, "/").communicate(timeout=120)[0]
    assert json.loads(answer)["code"] == 0
    assert owner.wait(120) == -signal.SIGKILL


def test_an_old_record_of_another_process_kills_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        owner = start(tmp_path / "rounds", tmp_path / "end")
        wait_for(lambda: is_owner(owner.pid))
        record = {"pid": bystander.pid, "start": "the start of a process that had this pid before"}
        paths.round_owner().write_text(json.dumps(record))
        os.utime(paths.round_owner(), (0, 0))
        monkeypatch.setattr(lock.owner, "WATCHED", 0.1)
        with pytest.raises(Deferred):
            lock.own_round(0.5, lambda progress: {"code": 0})
        assert bystander.poll() is None
        assert owner.poll() is None
        (tmp_path / "end").touch()
        owner.communicate(timeout=120)
    finally:
        bystander.kill()
        bystander.wait()


def test_an_owner_that_shows_progress_again_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that wakes up: the record looks old, but its owner goes on."""
    monkeypatch.setattr(lock.owner, "WATCHED", 0.1)
    owner = start(tmp_path / "rounds", tmp_path / "end")
    wait_for(lambda: is_owner(owner.pid))
    os.utime(paths.round_owner(), (0, 0))
    watch = lock.owner.Watch()
    watch.look()
    time.sleep(0.2)
    os.utime(paths.round_owner(), (1, 1))  # a sign of life
    watch.look()
    assert owner.poll() is None
    (tmp_path / "end").touch()
    owner.communicate(timeout=120)


def test_a_lock_on_a_removed_file_is_not_taken_for_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody removes the file between our opening it and our locking it: another process may lock its successor."""
    try_lock = system.try_lock

    def lock_late(descriptor: int) -> bool:
        paths.round_lock().unlink()
        return try_lock(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(system, "try_lock", lock_late)
        with lock._try_lock(lock._round_lock()) as held:
            assert not held
    with lock._try_lock(lock._round_lock()) as held:
        assert held


def test_letting_go_leaves_the_lock_file_in_place() -> None:
    with lock._try_lock(lock._round_lock()):
        inode = paths.round_lock().stat().st_ino
    assert paths.round_lock().stat().st_ino == inode


def test_letting_go_frees_the_lock_for_children_too() -> None:
    with lock._try_lock(lock._round_lock()):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    with lock._try_lock(lock._round_lock()) as held:
        assert held
    child.kill()
    child.wait()


def test_the_lock_stays_taken_while_an_orphan_still_writes(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, time; from session_sync.home import lock\n"
        "with lock._try_lock(lock._round_lock()) as held:\n"
        "    child = subprocess.Popen(['sleep', '60'], close_fds=False)\n"
        "    print(child.pid, flush=True); time.sleep(60)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    with subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        orphan = int(owner.stdout.readline())
        owner.kill()
        owner.wait()
    try:
        with lock._try_lock(lock._round_lock()) as held:
            assert not held
    finally:
        system.kill(orphan)
    wait_for(lambda: system.process_start(orphan) is None)
    with lock._try_lock(lock._round_lock()) as held:
        assert held
    assert paths.round_lock().exists()


def test_a_failed_round_keeps_the_work_for_the_next_session() -> None:
    spool.drop(spool.SESSION, "abc")
    report = lock.share_round(1, lambda tickets, progress: {"code": 75}, {})
    assert report["code"] == 75
    assert report["rounds"] == 1
    assert spool.pending() == ["left-unfinished.json", "session-abc.json"]
    lock.share_round(1, lambda tickets, progress: {"code": 0}, {})
    assert spool.pending() == []


def test_a_round_that_got_no_lock_leaves_a_ticket_and_a_command_none(tmp_path: Path) -> None:
    owner = start(tmp_path / "rounds")
    wait_for(lambda: is_owner(owner.pid))
    try:
        with pytest.raises(lock.Busy), lock.held(0):
            pass
        assert not [name for name in spool.pending() if name.startswith(spool.LEFT)]
        with pytest.raises(lock.Busy):
            lock.own_round(0, lambda progress: {"code": 0})
        assert [name for name in spool.pending() if name.startswith(spool.LEFT)]
    finally:
        owner.kill()
        owner.communicate()


def test_a_deferral_by_the_work_itself_leaves_no_ticket() -> None:
    def work(progress: lock.Progress) -> lock.Result:
        raise Deferred("no network")

    with pytest.raises(Deferred, match="no network"):
        lock.own_round(0, work)
    assert spool.pending() == []


def test_only_the_very_holder_named_in_the_environment_refuses_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = start(tmp_path / "rounds")
    wait_for(lambda: is_owner(owner.pid))
    try:
        monkeypatch.setenv(lock.WITHIN, f"{owner.pid}:another start")
        with pytest.raises(lock.Busy):
            lock.share_round(0.1, lambda tickets, progress: {"code": 0}, {})
        monkeypatch.setenv(lock.WITHIN, lock.holder())
        with pytest.raises(UsageError, match="run it outside"):
            lock.share_round(60, lambda tickets, progress: {"code": 0}, {})
        with pytest.raises(UsageError, match="run it outside"):
            lock.own_round(60, lambda progress: {"code": 0})
        assert len([name for name in spool.pending() if name.startswith(spool.LEFT)]) == 2  # what was shared
    finally:
        owner.kill()
        owner.communicate()
    assert lock.own_round(5, lambda progress: {"code": 0})["code"] == 0  # the name of a holder that is gone


def test_rounds_of_two_homes_never_work_in_one_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "TREE_WAIT", 0.1)
    with lock.in_tree(tmp_path / "lock"):
        monkeypatch.setenv("SESSION_SYNC_HOME", str(tmp_path / "other"))
        with lock.held(1), pytest.raises(Deferred, match="another user or home"), lock.in_tree(tmp_path / "lock"):
            pass
    with lock.in_tree(tmp_path / "lock"):
        pass


# Holds the lock, starts a program in its own session as git is, which inherits the lock, and dies.
DYING = """
import os, signal, subprocess, sys
from pathlib import Path
from session_sync.home import lock
with lock.held(5, keeps_children=sys.argv[1] == "keeps"):
    child = subprocess.Popen(sys.argv[2:], close_fds=False, start_new_session=True, stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
WAITS = ("sleep", "600")
IGNORES = (sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)")


def orphan(*command: str, keeps: bool = False) -> int:
    """The process of `command`, which holds the lock; its parent is dead."""
    program = [sys.executable, "-c", DYING, "keeps" if keeps else "", *command]
    done = subprocess.run(program, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}, stdout=subprocess.PIPE, check=False)
    return int(done.stdout)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "IDLE", 0.5)
    monkeypatch.setattr(orphans, "CLEARING_UP", 0.5)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("command", [WAITS, IGNORES])
@pytest.mark.parametrize("is_stopped", [False, True])
def test_an_orphan_that_only_waits_is_ended(command: tuple[str, ...], is_stopped: bool) -> None:
    pid = orphan(*command)
    if is_stopped:
        os.kill(pid, signal.SIGSTOP)
    assert lock.own_round(120, lambda progress: {"code": 0})["code"] == 0
    assert pid not in orphans.holders(paths.round_lock())


@pytest.mark.usefixtures("quick")
def test_an_orphan_that_works_may_finish(tmp_path: Path) -> None:
    work = (
        f"import os\nwhile not os.path.exists({str(tmp_path / 'end')!r}): pass\nopen({str(tmp_path / 'done')!r}, 'w')"
    )
    pid = orphan(sys.executable, "-c", work)
    with pytest.raises(lock.Busy):
        lock.own_round(3, lambda progress: {"code": 0})
    assert pid in orphans.holders(paths.round_lock())
    (tmp_path / "end").touch()
    assert lock.own_round(120, lambda progress: {"code": 0})["code"] == 0
    assert (tmp_path / "done").exists()


@pytest.mark.usefixtures("quick")
def test_what_may_not_work_any_longer_is_ended_too() -> None:
    pid = orphan(sys.executable, "-c", "while True: pass")
    os.utime(paths.round_owner(), (0, 0))
    assert lock.own_round(120, lambda progress: {"code": 0})["code"] == 0
    assert pid not in orphans.holders(paths.round_lock())


@pytest.mark.usefixtures("quick")
def test_an_orphan_of_another_homes_round_is_ended_in_the_tree(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    program = DYING.replace('held(5, keeps_children=sys.argv[1] == "keeps")', "in_tree(Path(sys.argv[1]))")
    command = [sys.executable, "-c", program, str(place), *WAITS]
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    pid = int(subprocess.run(command, env=env, stdout=subprocess.PIPE, check=False).stdout)
    assert list(orphans.holders(place)) == [pid]
    with lock.in_tree(place):
        assert pid not in orphans.holders(place)


@pytest.mark.usefixtures("quick")
def test_a_command_of_the_users_is_named_and_not_ended() -> None:
    pid = orphan(*WAITS, keeps=True)
    try:
        with pytest.raises(lock.Busy, match=rf"still runs although its `locked` was killed \(process {pid}\)"):
            lock.own_round(2, lambda progress: {"code": 0})
        assert system.process_start(pid)
    finally:
        system.kill(pid)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("space", [None, "another start of the system pid:[1]"])
def test_nothing_is_ended_that_cannot_be_told_from_here(space: str | None) -> None:
    pid = orphan(*WAITS)
    try:
        record = json.loads(paths.round_owner().read_bytes())
        paths.round_owner().write_text(json.dumps({**record, "space": space}))
        with pytest.raises(lock.Busy):
            lock.own_round(2, lambda progress: {"code": 0})
        assert system.process_start(pid)
    finally:
        system.kill(pid)


def test_who_waits_for_a_lock_is_none_of_its_holders(tmp_path: Path) -> None:
    program = "import sys, time; keep = open(sys.argv[1]); print(flush=True); time.sleep(600)"
    with (
        lock.held(5),
        subprocess.Popen([sys.executable, "-c", program, str(paths.round_lock())], stdout=subprocess.PIPE) as waiter,
    ):
        assert waiter.stdout is not None
        waiter.stdout.readline()
        assert waiter.pid not in orphans.holders(paths.round_lock())
        waiter.kill()


def test_a_clock_set_back_neither_kills_a_live_owner_nor_spares_a_hung_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock.owner, "WATCHED", 0.3)
    owner = start(tmp_path / "rounds")
    wait_for(lambda: is_owner(owner.pid))
    future = time.time() + 86400
    os.utime(paths.round_owner(), (future, future))
    with pytest.raises(lock.Busy):
        lock.own_round(1, lambda progress: {"code": 0})
    assert owner.poll() is None
    record = json.loads(paths.round_owner().read_bytes())
    paths.round_owner().write_text(json.dumps({**record, "shown": time.monotonic() - lock.owner.HUNG_AFTER - 1}))
    os.utime(paths.round_owner(), (future, future))
    assert lock.own_round(120, lambda progress: {"code": 0})["code"] == 0
    assert owner.wait(120) == -signal.SIGKILL


def test_a_round_goes_on_when_somebody_removes_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock.owner, "SIGN_OF_LIFE", 0)

    def work(progress: lock.Progress) -> lock.Result:
        shutil.rmtree(paths.state())
        progress()
        return {"code": 0}

    assert lock.own_round(5, work)["code"] == 0


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_share_without_locks_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(descriptor: int) -> bool:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(system, "try_lock", refuse)
    with pytest.raises(UserError, match="set SESSION_SYNC_HOME to a folder on a local disk"), lock.held(0):
        pass
    with pytest.raises(UserError, match="clone the repository to a local disk"), lock.in_tree(tmp_path / "lock"):
        pass


def test_a_lock_of_another_user_that_may_only_be_read_is_one_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "lock"
    place.touch()
    real = os.open

    def refuse(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == place and flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(lock, "TREE_WAIT", 0.1)
    with lock.in_tree(place), pytest.raises(Deferred), lock.in_tree(place):
        pass


def test_a_folder_that_may_not_be_written_to_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.open

    def refuse(place: Path, flags: int, *mode: int) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        return really(place, flags, *mode)

    paths.state().mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError), lock.held(0):
        pass
