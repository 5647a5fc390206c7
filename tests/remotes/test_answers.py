"""What remotes answer that is not a repository: what only the user can mend fails at once, the rest is deferred."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from remotes import servers
from remotes.servers import Answer
from session_sync.git import network
from support.homes import MACHINE, Home, Ran, give_rules
from support.trees import Repo

TOKEN = "t0ken-of-ada"
HTML = (("Content-Type", "text/html"),)
TEXT = (("Content-Type", "text/plain"),)
ELSEWHERE = (("Location", "{base}login?next=x"),)
ANSWERS = {
    "login": Answer(200, HTML, b"<html>\n<form>Who are you?</form>\n"),
    "moved": Answer(301, (("Location", f"{{base}}new/{{asked}}&token={TOKEN}"),)),
    "moved-for-now": Answer(302, (("Location", f"http://ada:{TOKEN}@127.0.0.1:9/new/{{asked}}"),)),
    "homepage": Answer(301, ELSEWHERE),
    "portal": Answer(302, ELSEWHERE),
    "page": Answer(200, HTML, b"<html>\n<form>Who are you?</form>\n"),
    "short-page": Answer(200, HTML, b"<html>Who are you?</html>"),
    "archived": Answer(403, TEXT, b"This repository was archived so it is read-only.\n"),
    "limited": Answer(429),
    "maintenance": Answer(503, HTML, b"<html>back soon</html>"),
    **{str(code): Answer(code) for code in (400, 402, 404, 405, 410, 413, 451, 511)},
}
ONCE = {(network, "TRIES"): 2, (network, "LONGEST_PAUSE"): 0.01}

# (the answer, exit code, what is told)
CASES = [
    ("moved", 1, "the repository has moved to {base}new/logs.git; change it in "),
    ("moved-for-now", 1, "the repository has moved to http://***@127.0.0.1:9/new/logs.git; change it in "),
    ("homepage", 1, "which is no repository; change it in "),
    ("portal", 75, "captive portal"),
    ("page", 75, "captive portal"),
    ("short-page", 75, "captive portal"),
    ("archived", 1, "the remote says: This repository was archived so it is read-only"),
    ("limited", 75, "returned error: 429"),
    ("maintenance", 75, "returned error: 503"),
    ("410", 1, "the repository is gone; change it in "),
    ("404", 1, "logs.git/' not found"),
    ("413", 1, "takes no upload of this size"),
    ("511", 75, "captive portal"),
    *((str(code), 1, f"returned error: {code}") for code in (400, 402, 405, 451)),
]


@pytest.fixture
def home(tmp_path: Path, compiled_rules: Path) -> Home:
    give_rules(tmp_path / "home", compiled_rules)
    return Home(tmp_path / "home", MACHINE)


def line_of(ran: Ran) -> str:
    """The one line that says what went wrong."""
    told = ran.out + ran.err
    assert TOKEN not in told.replace(f"&token={TOKEN}", "")
    assert "Traceback" not in told
    (line,) = [line for line in told.splitlines() if "git " in line]
    return line


@pytest.mark.parametrize(("answer", "code", "told"), CASES, ids=[case[0] for case in CASES])
def test_log_repositories(answer: str, code: int, told: str, home: Home) -> None:
    with servers.web_server(ANSWERS) as base:
        url = f"http://ada:{TOKEN}@{base.removeprefix('http://')}{answer}/logs.git"
        (home.path / "config.yaml").write_text(f"remote: {url}\n")
        home.save("one", "--no-sync")
        ran = home.run("sync-logs", constants=ONCE)
    assert ran.code == code, ran
    line = line_of(ran)
    assert told.format(base=base) in line
    assert ("committed here, pushed by the next round" in line) == (code == 75)
    assert answer != "short-page" or "fetch failed" in line  # and not only when we push


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        ("portal", 75, "captive portal"),
        ("page", 75, "captive portal"),
        ("short-page", 75, "captive portal"),
        ("410", 1, "run: git remote set-url origin URL"),
        ("archived", 1, "archived so it is read-only"),
        ("maintenance", 75, "503"),
    ],
)
def test_shared_trees(answer: str, code: int, told: str, home: Home, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    repo.write(".claude/session-sync.yaml", "")
    repo.commit()
    with servers.web_server(ANSWERS) as base:
        repo.git("remote", "add", "origin", f"{base}{answer}/tree.git")
        ran = home.run("sync", cwd=repo.root, constants=ONCE)
    assert ran.code == code, ran
    assert told in line_of(ran)


def test_a_changed_host_key_is_told_with_what_mends_it(
    ssh_server: servers.SshServer, home: Home, tmp_path: Path
) -> None:
    known = tmp_path / "sshd" / "known_hosts"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    host, kind, _ = known.read_text().split()
    key = (tmp_path / "other.pub").read_text().split()[1]
    known.write_text(f"{host} {kind} {key}\n")
    (home.path / "config.yaml").write_text(f"remote: {ssh_server.url}logs.git\n")
    home.save("one", "--no-sync")
    ran = home.run("sync-logs")
    assert ran.code == 1, ran
    line = line_of(ran)
    assert f"the host key of {host} has changed" in line
    assert "@@@" not in line
    advice = line.partition("then run: ")[2].partition(";")[0]
    subprocess.run(["sh", "-c", advice], check=True, capture_output=True)
    assert host not in known.read_text()


def test_git_speaks_english_whatever_the_user_speaks(home: Home, tmp_path: Path) -> None:
    """What a failure is, is told by its words."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    git = shutil.which("git")
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *fetch*) echo "fatal: LC_ALL is $LC_ALL" >&2; exit 128;; *) exec {git} "$@"; esac\n'
    )
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    (home.path / "config.yaml").write_text("remote: /x.git\n")
    ran = home.run("sync-logs", PATH=path, LANG="de_DE.UTF-8", LC_ALL="de_DE.UTF-8", LANGUAGE="de")
    assert "LC_ALL is C" in ran.out + ran.err, ran
