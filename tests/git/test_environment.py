from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from remotes import servers
from session_sync.git import environment
from session_sync.git.failure import GitError
from session_sync.git.run import Git


@pytest.fixture
def locked_remote(tmp_path: Path) -> Iterator[str]:
    """The URL of a repository that wants a user's name and password."""
    with servers.http_git_server(tmp_path, user="ada", password="right") as base:
        yield f"{base}r.git"


def script(place: Path, text: str) -> Path:
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return place


@pytest.mark.parametrize("way", ["SSH_ASKPASS", "GIT_ASKPASS", "core.askPass", "VS Code"])
def test_no_program_that_asks_the_user_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, locked_remote: str
) -> None:
    asking = script(tmp_path / "asking", f'echo "$1" >> {tmp_path}/asked; echo token')
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    if way == "core.askPass":
        subprocess.run(["git", "config", "--global", "core.askPass", str(asking)], check=True)
    elif way == "VS Code":
        monkeypatch.setenv("GIT_ASKPASS", str(asking))
        monkeypatch.setenv("VSCODE_GIT_ASKPASS_NODE", str(asking))
    else:
        monkeypatch.setenv(way, str(asking))
    with pytest.raises(GitError, match="could not read Username") as raised:
        Git().talk("ls-remote", locked_remote)
    assert raised.value.refused
    assert not (tmp_path / "asked").exists()


def test_a_helper_that_has_credentials_is_asked_and_told_to_show_no_window(tmp_path: Path, locked_remote: str) -> None:
    helper = script(
        tmp_path / "helper",
        f'echo "$DISPLAY|$GCM_INTERACTIVE|$(git config credential.interactive)" > {tmp_path}/told\n'
        "[ $1 = get ] && echo username=ada && echo password=wrong",
    )
    subprocess.run(["git", "config", "--global", "credential.helper", str(helper)], check=True)
    with pytest.raises(GitError, match="Authentication failed"):
        Git().talk("ls-remote", locked_remote)
    assert (tmp_path / "told").read_text() == "|never|false\n"


SSH = "-o BatchMode=yes"


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ({}, f"ssh {SSH}"),
        ({"GIT_SSH_COMMAND": "ssh -i ~/.ssh/key"}, f"ssh -i ~/.ssh/key {SSH}"),
        ({"GIT_SSH_COMMAND": "SSH_AUTH_SOCK=/s /usr/bin/ssh -4"}, f"SSH_AUTH_SOCK=/s /usr/bin/ssh -4 {SSH}"),
        ({"GIT_SSH_COMMAND": "'C:/Program Files/OpenSSH/ssh.exe'"}, f"'C:/Program Files/OpenSSH/ssh.exe' {SSH}"),
        ({"GIT_SSH": "/opt/my tools/ssh"}, f"'/opt/my tools/ssh' {SSH}"),
        ({"GIT_SSH": "/opt/plink"}, "/opt/plink -batch"),
        ({"GIT_SSH": r"C:\PuTTY\PLINK.EXE"}, r"'C:\PuTTY\PLINK.EXE' -batch"),
        ({"GIT_SSH_COMMAND": "plink -load me"}, "plink -load me -batch"),
        ({"GIT_SSH_COMMAND": "mine", "GIT_SSH_VARIANT": "plink"}, "mine -batch"),
        ({"GIT_SSH_COMMAND": "mine", "GIT_SSH_VARIANT": "putty"}, "mine -batch"),
        ({"GIT_SSH": "TortoisePlink.exe"}, None),  # git itself has it open no window
        ({"GIT_SSH": "/opt/wrapper"}, None),
        ({"GIT_SSH_COMMAND": "ssh", "GIT_SSH_VARIANT": "simple"}, None),
        ({"GIT_SSH_COMMAND": "ssh 'not closed"}, None),
    ],
)
def test_ssh_gets_the_options_that_it_knows(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], command: str | None
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    made = environment.of_git({})
    if command is None:
        assert {name: made.get(name) for name in given} == given
    else:
        assert made["GIT_SSH_COMMAND"].split(" -o ConnectTimeout")[0] == command


def test_a_program_that_takes_a_host_and_a_command_alone_goes_on_working(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "bare.git"
    Git().run("init", "-q", "--bare", str(bare))
    monkeypatch.setenv("GIT_SSH", str(script(tmp_path / "wrapper", '[ $# = 2 ] && exec sh -c "$2"')))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    assert Git().talk("ls-remote", f"host:{bare}") == b""


def test_a_program_for_ssh_finds_no_terminal_to_ask_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = script(tmp_path / "asking", f"(read x </dev/tty) 2>/dev/null && echo asked > {tmp_path}/asked; exit 1")
    monkeypatch.setenv("GIT_SSH", str(asking))
    with pytest.raises(GitError):
        Git().talk("ls-remote", "host:x")
    assert not (tmp_path / "asked").exists()


def test_what_git_is_told_shows_in_no_process_list() -> None:
    made = environment.of_git({"http.extraHeader": "a secret"})
    assert "a secret" in made.values()
    assert "a secret" not in json.dumps([name for name in made if made[name] != "a secret"])
    assert made["GIT_TERMINAL_PROMPT"] == "0"
    assert os.environ.get("GIT_TERMINAL_PROMPT") is None
