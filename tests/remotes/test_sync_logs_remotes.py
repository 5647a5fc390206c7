"""`save` and `sync-logs` over real transports: what arrives, and what a silent remote does to them."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from remotes import servers
from remotes.conftest import Remote
from support.homes import MACHINE, SCRIPTS, Ran, Run
from support.narratives import narrative

NARRATIVE = narrative(Key_Decisions="naïve → done")
PASSWORD = "hunter2-horse-battery"
ON_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


@dataclass(frozen=True)
class Machine:
    """One machine of several on this computer: a home and a UUID of its own."""

    home: Path
    uuid: str
    run_verb: Run

    def run(self, verb: str, *arguments: str, stdin: str = "", timeout: float = 120, **env: str) -> Ran:
        own = {"SESSION_SYNC_HOME": str(self.home), "SESSION_SYNC_MACHINE_UUID": self.uuid}
        return self.run_verb(verb, *arguments, stdin=stdin, timeout=timeout, **own, **env)

    def init(self, url: str) -> Ran:
        return done(self.run("sync-logs", "--init", "--remote", url))

    def save(self, topic: str = "x", *options: str) -> Ran:
        return self.run("save", "--project", "PILOT", "--topic", topic, *options, stdin=NARRATIVE)

    def logs(self) -> list[Path]:
        return sorted((self.home / "session-logs" / "projects" / "PILOT" / self.uuid).glob("*.md"))

    def pulled_from(self, other: Machine) -> list[Path]:
        return sorted((self.home / "machines" / other.uuid / "projects" / "PILOT").glob("*.md"))


MakeMachine = Callable[[int], Machine]


@pytest.fixture
def machine(run_verb: Run, tmp_path: Path) -> MakeMachine:
    def make(number: int) -> Machine:
        uuid = f"{number:08d}{MACHINE[8:]}"
        return Machine(tmp_path / f"machine-{number}", uuid, run_verb)

    return make


def done(ran: Ran) -> Ran:
    assert ran.code == 0, f"{ran.out}\n{ran.err}"
    return ran


def logs_in(git_dir: Path, machine: Machine, revision: str) -> dict[str, bytes]:
    """Every log of `machine` that `revision` shows, by name."""
    place = f"machines/{machine.uuid}/projects/PILOT"
    listed = servers.git("--git-dir", git_dir, "ls-tree", "-r", "--name-only", revision, "--", f"{place}/")
    names = [Path(line).name for line in listed.splitlines()]
    return {name: _blob(git_dir, f"{revision}:{place}/{name}") for name in names}


def _blob(git_dir: Path, name: str) -> bytes:
    return servers.git("--git-dir", git_dir, "cat-file", "blob", name).encode()


def assert_landed(git_dir: Path, machine: Machine, count: int) -> None:
    stored = {path.name: path.read_bytes() for path in machine.logs()}
    assert len(stored) == count
    assert logs_in(git_dir, machine, f"machines/{machine.uuid}") == stored


def assert_committed_locally(machine: Machine, count: int) -> None:
    """The logs are on the machine's own branch of its private git directory."""
    (head,) = (machine.home / "repositories").glob("*/HEAD")
    assert_landed(head.parent, machine, count)


def failure_line(ran: Ran) -> str:
    """The one line that says what went wrong."""
    assert "Traceback" not in ran.err
    (line,) = [line for line in (ran.out + ran.err).splitlines() if "failed" in line]
    return line


def test_a_saved_log_is_on_the_remote_byte_for_byte(remote: Remote, machine: MakeMachine) -> None:
    ada = machine(1)
    ada.init(remote.url)
    done(ada.save())
    assert_landed(remote.git_dir, ada, 1)
    assert logs_in(remote.git_dir, ada, "main") == logs_in(remote.git_dir, ada, f"machines/{ada.uuid}")


def test_two_machines_pull_each_others_logs(remote: Remote, machine: MakeMachine) -> None:
    ada, ben = machine(1), machine(2)
    for one, topic in ((ada, "from-ada"), (ben, "from-ben")):
        one.init(remote.url)
        done(one.save(topic))
    for one, other in ((ada, ben), (ben, ada)):
        done(one.run("sync-logs", "--pull"))
        assert {path.name: path.read_bytes() for path in one.pulled_from(other)} == {
            path.name: path.read_bytes() for path in other.logs()
        }
        assert [stat.S_IMODE(path.stat().st_mode) & 0o222 for path in one.pulled_from(other)] == [0]
        assert logs_in(remote.git_dir, one, "main") == logs_in(remote.git_dir, one, f"machines/{one.uuid}")


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param(servers.PARTIAL_CLONES, id="plain"),  # `git init --bare`: ignores the filter, sends everything
        pytest.param(servers.PARTIAL_CLONES[1:], id="half"),  # filters, but over ssh serves no single object
    ],
)
def test_a_server_with_less_support_for_partial_clones_gives_the_same(
    missing: tuple[str, ...], remote: Remote, machine: MakeMachine
) -> None:
    for key in missing:
        servers.git("--git-dir", remote.git_dir, "config", "--unset", key)
    ada, ben = machine(1), machine(2)
    for one in (ada, ben):
        one.init(remote.url)
        done(one.save())
    done(ada.run("sync-logs", "--pull"))
    assert [path.read_bytes() for path in ada.pulled_from(ben)] == [ben.logs()[0].read_bytes()]


def test_a_second_pull_takes_the_newer_version(remote: Remote, machine: MakeMachine) -> None:
    ada, ben = machine(1), machine(2)
    ada.init(remote.url)
    ben.init(remote.url)
    done(ada.save("first"))
    done(ben.run("sync-logs", "--pull"))
    with ada.logs()[0].open("a") as log:
        log.write("\nA later line.\n")
    done(ada.run("sync-logs", "--sync"))
    done(ben.run("sync-logs", "--pull"))
    assert [path.read_bytes() for path in ben.pulled_from(ada)] == [ada.logs()[0].read_bytes()]


@contextmanager
def http_on(root: Path, port: int) -> Iterator[str]:
    with servers.http_git_server(root, port=port) as base:
        yield f"{base}logs.git"


@contextmanager
def ssh_on(root: Path, port: int) -> Iterator[str]:
    with servers.ssh_git_server(root, root.parent / "sshd", port=port) as server:
        os.environ["GIT_SSH_COMMAND"] = server.command  # the sealed home puts the environment back
        yield f"{server.url}logs.git"


@contextmanager
def nothing_on(port: int) -> Iterator[None]:
    yield


Served = Callable[[Path, int], AbstractContextManager[str]]
Silent = Callable[[int], AbstractContextManager[int | None]]


@pytest.mark.parametrize("served", [http_on, ssh_on])
@pytest.mark.parametrize(("silent", "seconds"), [(nothing_on, 15), (servers.black_hole_server, 60)])
def test_a_remote_that_does_not_answer_defers_and_the_next_run_pushes(
    served: Served,
    silent: Silent,
    seconds: float,
    remote_root: Path,
    machine: MakeMachine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "")  # recorded here, so that it is put back after the test
    monkeypatch.setenv("GIT_HTTP_LOW_SPEED_TIME", "3")  # git's own knob: without it the hole takes 30 s
    monkeypatch.setenv("GIT_HTTP_LOW_SPEED_LIMIT", "1")
    ada, port = machine(1), servers.free_port()
    with served(remote_root, port) as url:
        ada.init(url)
    with silent(port):
        started = time.monotonic()
        ran = ada.save()
        took = time.monotonic() - started
    assert (ran.code, took < seconds) == (75, True), f"{took:.0f} s\n{ran.out}\n{ran.err}"
    assert_committed_locally(ada, 1)
    with served(remote_root, port):
        done(ada.run("sync-logs", "--sync"))
    assert_landed(remote_root / "logs.git", ada, 1)


def test_a_remote_that_asks_for_credentials_fails_without_a_prompt(remote_root: Path, machine: MakeMachine) -> None:
    ada, port = machine(1), servers.free_port()
    with http_on(remote_root, port) as url:
        ada.init(url)
    done(ada.save("x", "--no-sync"))
    with servers.http_git_server(remote_root, user="ada", password=PASSWORD, port=port):
        ran = ada.run("sync-logs", "--sync")
        on_terminal = run_on_a_terminal(ada, "sync_logs.py", "--sync")
    assert ran.code == 1, ran
    assert re.search(r"(?i)credential|authenticat|password", failure_line(ran)), ran
    assert on_terminal.code == 1, on_terminal
    with http_on(remote_root, port):
        done(ada.run("sync-logs", "--sync"))
    assert_landed(remote_root / "logs.git", ada, 1)


def run_on_a_terminal(machine: Machine, script: str, *arguments: str) -> Ran:
    """Run a verb with a controlling terminal, where git would ask and wait for an answer for ever."""
    own = {"SESSION_SYNC_HOME": str(machine.home), "SESSION_SYNC_MACHINE_UUID": machine.uuid}
    ran = subprocess.run(
        [sys.executable, "-c", ON_A_TERMINAL, sys.executable, SCRIPTS / script, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **own},
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_a_password_in_the_url_is_never_told(remote_root: Path, machine: MakeMachine) -> None:
    ada, port = machine(1), servers.free_port()
    url = f"http://ada:{PASSWORD}@{servers.LOOPBACK}:{port}/logs.git"
    with servers.http_git_server(remote_root, user="ada", password=PASSWORD, port=port):
        told = [ada.init(url), done(ada.save())]
        told += [done(ada.run("sync-logs", option, "--json")) for option in ("--sync", "--pull", "--status")]
    assert_landed(remote_root / "logs.git", ada, 1)
    with servers.http_git_server(remote_root, user="ada", password="another", port=port):
        told.append(ada.save("refused"))
    told.append(ada.save("unreachable"))
    told.append(ada.run("sync-logs", "--status"))
    assert [ran.code for ran in told[-3:-1]] == [1, 75]
    assert [ran for ran in told if PASSWORD in ran.out + ran.err] == []
    assert [path for path in log_files(ada) if PASSWORD.encode() in path.read_bytes()] == []


def log_files(machine: Machine) -> list[Path]:
    return [path for path in (machine.home / "logs").rglob("*") if path.is_file()]


def test_twelve_machines_at_once_over_a_busy_sshd_all_land(
    remote_root: Path, tmp_path: Path, machine: MakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A default sshd drops connections from the tenth that is not yet logged in; this one from the fourth."""
    machines = [machine(number) for number in range(12)]
    with (
        servers.ssh_git_server(remote_root, tmp_path / "sshd", max_startups="4:50:100") as server,
        ThreadPoolExecutor(len(machines)) as at_once,
    ):
        monkeypatch.setenv("GIT_SSH_COMMAND", server.command)
        for one in machines:
            one.init(f"{server.url}logs.git")
            done(one.save("x", "--no-sync"))
        for ran in at_once.map(lambda one: one.run("sync-logs", "--sync"), machines):
            done(ran)
        assert "MaxStartups" in server.log.read_text(), "no connection was refused: the test proves nothing"
    for one in machines:
        assert_landed(remote_root / "logs.git", one, 1)
