from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.errors import UsageError
from session_sync.home import config, files, paths
from session_sync.sync_logs import initialize


def test_a_remote_is_written_and_kept() -> None:
    assert initialize.initialize("git@forge.example:x.git") == "git@forge.example:x.git"
    assert initialize.initialize(None) == "git@forge.example:x.git"
    assert initialize.initialize("git@forge.example:x.git") == "git@forge.example:x.git"
    assert config.load().repositories == {config.DEFAULT: "git@forge.example:x.git"}
    assert paths.config_file().stat().st_mode & 0o777 == 0o600


def test_another_remote_is_refused_without_its_password() -> None:
    initialize.initialize("https://ada:hunter2@forge.example/x.git")
    with pytest.raises(UsageError, match="has the remote") as raised:
        initialize.initialize("ssh://elsewhere/x.git")
    assert "hunter2" not in str(raised.value)


def test_comments_and_other_settings_stay() -> None:
    files.make_private_dir(paths.home())
    paths.config_file().write_text("# mine\nprojects: [{path: /x, project: X}]\n")
    initialize.initialize("ssh://forge.example/x.git")
    expected = 'remote: "ssh://forge.example/x.git"\n# mine\nprojects: [{path: /x, project: X}]\n'
    assert paths.config_file().read_text() == expected


def test_a_broken_configuration_is_left_as_it_is() -> None:
    files.make_private_dir(paths.home())
    paths.config_file().write_text("remotes: [")
    with pytest.raises(UsageError):
        initialize.initialize("ssh://forge.example/x.git")
    assert paths.config_file().read_text() == "remotes: ["


@pytest.mark.parametrize("remote", ["", " ", "-x", "--upload-pack=touch /x"])
def test_what_is_no_remote_is_refused(remote: str) -> None:
    with pytest.raises(UsageError, match="not a remote"):
        initialize.initialize(remote)


def test_the_local_remote_lets_others_fetch_single_files() -> None:
    url = initialize.initialize(None)
    assert url == str(paths.local_remote())
    assert "allowFilter = true" in (paths.local_remote() / "config").read_text()


def test_a_path_means_the_same_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logs.git").mkdir()
    monkeypatch.chdir(tmp_path)
    assert initialize.initialize("logs.git") == str(tmp_path / "logs.git")


def test_a_path_without_a_repository_is_refused_before_anything_is_written() -> None:
    with pytest.raises(UsageError, match="git init --bare"):
        initialize.initialize("/nowhere/logs.git")
    assert not paths.config_file().exists()
