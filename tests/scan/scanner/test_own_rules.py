"""A user's own rules in config.yaml."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from session_sync.errors import UsageError
from session_sync.home import paths
from session_sync.scan.scanner import go_regex, own_rules, rule_files

WHOLE = "[[rules]]\nid = 'acme'\nregex = 'acme-[a-z0-9]{20}'\nkeywords = ['acme-']\n"
PATH_ONLY = '[[rules]]\nid = "a\\u0007b"\npath = "x"\n'
TEAM = f"[extend]\nuseDefault = true\n[allowlist]\npaths = ['docs/']\n{WHOLE}{PATH_ONLY}"


@pytest.fixture
def written(tmp_path: Path):
    def written(content: str) -> Path:
        path = tmp_path / "team.toml"
        path.write_text(content)
        return path

    return written


def said(capsys) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_what_is_not_used_is_told_in_one_line(written, capsys) -> None:
    path = written(TEAM)
    assert [one.id for one in own_rules.load(path)] == ["user-acme"]
    (line,) = said(capsys)
    assert line.startswith(f"session-sync: [WARNING] {path}: 1 rule used beside ours, which are always on; left out: ")
    assert [word in line for word in ("(useDefault)", ".piiignore (for all rules)", "no regex (a")] == [True] * 3
    assert line.isprintable()


def test_nothing_is_told_of_a_file_that_is_used_whole(written, capsys) -> None:
    assert len(own_rules.load(written(WHOLE))) == 1
    assert said(capsys) == []


def test_it_is_told_once_to_whoever_reads_it(written, capsys, monkeypatch) -> None:
    path = written(TEAM)
    for is_read, times in ((False, 1), (False, 1), (True, 1), (True, 0), (False, 0)):
        monkeypatch.setattr(own_rules, "_is_read", lambda is_read=is_read: is_read)
        own_rules.load(path)
        assert len(said(capsys)) == times
    own_rules.load(written(TEAM + "[[rules]]\nid = 'more'\n"))
    assert len(said(capsys)) == 1


def test_a_workers_log_is_read_by_nobody(tmp_path: Path, monkeypatch) -> None:
    with open(tmp_path / "log", "w") as log:
        monkeypatch.setattr(sys, "stderr", log)
        assert not own_rules._is_read()
    monkeypatch.setattr(sys, "stderr", None)
    assert not own_rules._is_read()


@pytest.mark.parametrize("content", ["[[rules", "x == 1"])
def test_a_file_that_is_no_toml_stops_no_scan(written, capsys, content: str) -> None:
    path = written(content)
    assert own_rules.load(path) == []
    (line,) = said(capsys)
    assert line.startswith(f"session-sync: [WARNING] {path} is not used, our own rules are: team.toml: ")


def test_without_re2_our_own_rules_go_on(written, capsys, monkeypatch) -> None:
    monkeypatch.setattr(go_regex, "is_available", lambda: False)
    assert own_rules.load(written(WHOLE)) == []
    (line,) = said(capsys)
    assert line.endswith("rules in gitleaks' form need google-re2, which has no package for this system")


def test_a_file_that_is_not_there_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / ("x" * 5000), Path("/dev/zero")):
        with pytest.raises(UsageError, match=r"there is no such file; .* out of config\.yaml"):
            own_rules.load(path)


def test_a_process_tells_it_once(written, capsys, monkeypatch) -> None:
    monkeypatch.setattr(own_rules, "_is_read", lambda: False)
    path = written(TEAM)
    for regional in (False, True):
        rule_files.version(path, regional)
    assert len(rule_files.load(path, regional=False)) > 100
    assert len(said(capsys)) == 1
    assert not paths.told_of_rules().exists()
