"""Rules in config.yaml that look right and would never hold, and files that are read otherwise than they look."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.errors import UsageError
from session_sync.home import config, files, paths
from session_sync.home.config import Config


def write(text: str | bytes) -> None:
    files.make_private_dir(paths.home())
    paths.config_file().write_bytes(text.encode() if isinstance(text, str) else text)


def mistake() -> str:
    told = set()
    for _ in range(2):  # a bad configuration is never remembered as a good one
        with pytest.raises(UsageError) as raised:
            config.load()
        told.add(str(raised.value))
    (only,) = told
    assert "\n" not in only
    unread, error = config.load_anyway()
    assert (unread, str(error)) == (Config(is_known=False), only)
    return only


TWICE = {
    "remote: /x\nrouting: []\nprojects: []\nrouting: []\n": "'routing' twice: lines 2 and 4; keep one of them",
    "remote: /x\n'remote': /y\n": "'remote' twice: lines 1 and 2",
    "repositories: {acme: /x, acme: /y}\n": "'acme' twice: line 1",
    "routing:\n- match: A\n  match: B\n  repository: none\n": "'match' twice: lines 2 and 3",
    "tenants:\n  acme: {policy: strict}\n  acme: {policy: off}\n": "'acme' twice: lines 2 and 3",
    "projects:\n- {path: /x, project: X, project: Y}\n": "'project' twice: line 2",
    "? a\n: 1\n? a\n: 2\n": "'a' twice: lines 1 and 3",
    "remote: /x\r\nremote: /y\r\n": "'remote' twice: lines 1 and 2",
    "\ufeffremote: /x\nremote: /y\n": "'remote' twice: lines 1 and 2",
}


@pytest.mark.parametrize("text", TWICE)
def test_a_key_that_is_there_twice_is_named_with_both_lines(text: str) -> None:
    write(text)
    assert mistake().startswith(f"config.yaml has {TWICE[text]}")


def test_a_key_twice_is_found_in_what_an_earlier_version_took_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    write("remote: /x\nremote: /y\n")
    monkeypatch.setattr(config.hashlib, "sha256", lambda _: type("Sum", (), {"hexdigest": lambda _: "known"})())
    files.make_private_dir(paths.state())
    (paths.state() / "config-checked").write_text("known")
    assert "'remote' twice" in mistake()


SURPRISES = {
    "tenants:\n  a:\n    <<: {policy: off}\n": "config.yaml takes in other values (<<) at line 3; write them out",
    "routing:\n- {match: *acme*, repository: none}\n": "at line 2; fix it: what begins with * or & must be in quotes",
    "routing:\n- match: *acme\n  repository: none\n": "uses aliases (*name), which it must not, at line 2;",
    "remote: /x\n---\nrouting: []\n": "not valid YAML at line 2: a second document begins there; keep one",
    "remote: /x\nrouting:\n\t- {match: A, repository: none}\n": "not valid YAML at line 3; fix it: ",
    "routing_: []\n": "line 1; did you mean 'routing'?",
    "Routing: []\n": "line 1; did you mean 'routing'?",
    "remote: /x\nproject: []\n": "('project' was unexpected) in config.yaml, line 2; did you mean 'projects'?",
    "routing:\n- {match: A, repositories: x}\n": "in config.yaml, line 2; did you mean 'repository'?",
    "routing:\n- {match: 0123, repository: none}\n": "of type 'string' in config.yaml, line 2; write it in quotes",
    "routing:\n": "At 'routing': None is not of type 'array' in config.yaml, line 1",
    "projects:\n- {path: ~/x, remote: x, project: X}\n": "At 'projects[0]': needs either a path or a remote",
}


@pytest.mark.parametrize("text", SURPRISES)
def test_what_would_switch_a_rule_off_without_a_word_is_told(text: str) -> None:
    write(text)
    assert SURPRISES[text] in mistake()


NEVER = {
    "routing: [{match: x, repository: y}]": "there is no repository 'y' in config.yaml, line 1; define it under",
    "routing: [{match: 'CUST acme*', repository: none}]": "no project has a name like 'CUST acme*' in config.yaml",
    "routing: [{match: 'CUST-*/x', repository: none}]": "no project has a name like 'CUST-*/x'",
    "routing: [{match: 'CUST-[a', repository: none}]": "no project has a name like 'CUST-[a'",
    "policies: [{match: 'CUST-* ', policy: strict}]": "no project has a name like 'CUST-* '",
    "projects: [{path: $HOME/work, project: X}]": "'$HOME/work' is not a whole path in config.yaml, line 1; begin",
    "projects: [{path: /x, project: '**'}]": "'**' is no name in config.yaml, line 1; give it a letter",
    "projects: [{path: work, project: X}]": "'work' is not a whole path",
    "projects: [{path: ~nobody-is-called-so/work, project: X}]": "nobody knows the home folder in",
    "routing:\n- {match: '*', repository: none}\n- {match: 'CUST-*', repository: default}\nremote: x\n": (
        "At 'routing[1]': routing[0] holds wherever this rule would in config.yaml, line 3; put it before routing[0]"
    ),
    "policies: [{match: 'cust-*', policy: off}, {match: CUST-acme, policy: strict}]": "At 'policies[1]': policies[0]",
    "projects: [{path: ~/w, project: P}, {path: ~/w/acme/, project: CUST-acme}]": "At 'projects[1]': projects[0] holds",
    "projects: [{remote: '*', project: P}, {remote: '*acme*', project: CUST-acme}]": "At 'projects[1]': projects[0]",
}


@pytest.mark.parametrize("text", NEVER)
def test_a_rule_that_could_never_hold_is_told(text: str) -> None:
    write(text)
    assert NEVER[text] in mistake()


FINE = (
    "routing: [{match: 'CUST-[ab]*', repository: none}, {match: 'cust-*', repository: default}]\nremote: x",
    "routing: [{match: '*', repository: default}, {match: unknown, repository: none}]\nremote: x",
    "routing: [{match: 'A?', repository: none}, {match: 'A*', repository: default}]\nremote: x",
    "routing: [{match: '*', repository: none}, {match: 'A', repository: none}]",
    "policies: [{match: 'Acme Ltd', policy: strict}]",
    "projects: [{path: ~/w/acme, project: CUST-acme}, {path: ~/w, project: P}, {path: ~/wide, project: W}]",
    "projects: [{path: 'C:\\work', project: P}, {path: '\\\\host\\share', project: Q}]",
    "remote: &here /x\n",
    "\ufeffremote: /x\r\n",
    "# nothing yet\n",
    "",
)


@pytest.mark.parametrize("text", FINE)
def test_what_holds_somewhere_is_fine(text: str) -> None:
    write(text)
    assert config.load().is_known


def test_a_pattern_means_a_project_whatever_its_case_and_however_its_letters_are_composed() -> None:
    for pattern in ("cust-a\u0308rger-*", "CUST_\u00c4rger*"):
        write(f"remote: /x\nrouting: [{{match: '{pattern}', repository: none}}]\n")
        assert config.load().repository_of("CUST-\u00c4rger-app") is None


def test_text_in_another_encoding() -> None:
    write("remote: /x\nsystem: café\n".encode("latin-1"))
    assert mistake() == "config.yaml is not valid YAML: line 2 has what is no text in UTF-8; save it as UTF-8"
    write("remote: /x\n".encode("utf-16-le"))
    assert "save it as UTF-8" in mistake()
    write("remote: /x\nremote: /y\n".encode("utf-16"))  # which says that it is
    assert "'remote' twice: lines 1 and 2" in mistake()


def _loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, _loop])
def test_what_is_no_file_is_no_configuration_and_keeps_nobody_waiting(make: object) -> None:
    files.make_private_dir(paths.home())
    assert callable(make)
    make(paths.config_file())
    assert mistake().startswith(f"cannot read {paths.config_file()}: ")


def test_a_link_to_what_is_not_there_is_not_taken_for_no_configuration(tmp_path: Path) -> None:
    files.make_private_dir(paths.home())
    paths.config_file().symlink_to(tmp_path / "dotfiles/config.yaml")
    assert "is a link to what is not there; mount or restore that" in mistake()
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles/config.yaml").write_text("remote: /x\n")
    assert config.load().repositories == {"default": "/x"}


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    write("remote: /x\n")
    paths.config_file().chmod(0)
    if os.access(paths.config_file(), os.R_OK):  # as root all is
        assert config.load().repositories == {"default": "/x"}
    else:
        assert "Permission denied; make it a file that you can read" in mistake()
