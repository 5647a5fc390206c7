"""Of a user's settings of pip and uv those count that say how to reach the package index, and no others."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.launcher import index_settings

SHAPING = {
    "PIP_TARGET": "/t",
    "PIP_PREFIX": "/p",
    "PIP_ROOT": "/r",
    "PIP_USER": "1",
    "PIP_NO_DEPS": "1",
    "PIP_NO_BINARY": ":all:",
    "PIP_CONSTRAINT": "/c",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "UV_TARGET": "/t",
    "UV_PREFIX": "/p",
    "UV_SYSTEM_PYTHON": "1",
    "UV_PYTHON": "3.8",
    "UV_PROJECT": "/j",
    "UV_PROJECT_ENVIRONMENT": "/e",
    "UV_LINK_MODE": "symlink",
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "PYTHONPATH": "/x",
    "PYTHONHOME": "/x",
    "VIRTUAL_ENV": "/v",
    "CONDA_PREFIX": "/c",
    "__PYVENV_LAUNCHER__": "/l",
}
PIP_REACH = {
    "PIP_INDEX_URL": "https://me:word@index.example/simple",
    "PIP_EXTRA_INDEX_URL": "https://more.example/simple",
    "PIP_FIND_LINKS": "/wheels",
    "PIP_TRUSTED_HOST": "index.example",
    "PIP_CERT": "/ca.pem",
    "PIP_PROXY": "http://proxy.example",
}
UV_REACH = {
    "UV_INDEX_URL": "https://index.example/simple",
    "UV_DEFAULT_INDEX": "https://index.example/simple",
    "UV_INDEX_MINE_PASSWORD": "word",
    "UV_INSECURE_HOST": "index.example",
    "UV_FIND_LINKS": "/wheels",
    "UV_HTTP_TIMEOUT": "90",
    "UV_SYSTEM_CERTS": "true",
}
SHARED_UV_TOML = """
index-url = "https://shared.example"
offline = false
exclude-newer = "2001-01-01T00:00:00Z"
"""
OWN_UV_TOML = """
find-links = ["/a", "/b"]
[[index]]
name = "mine"
url = "https://mine.example"
[[index]]
url = "https://default.example"
default = true
[[index]]
url = "https://other.example"
explicit = true
[pip]
target = "/t"
no-deps = true
index-url = "https://own.example"
allow-insecure-host = ["a", "b"]
"""

Give = Callable[..., None]


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Give:
    """Set variables; none of pip, uv or Python but these is there."""
    for name in list(os.environ):
        if name.startswith(index_settings.FOREIGN):
            monkeypatch.delenv(name)

    def setting(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return setting


@pytest.fixture
def pip_that_lists(tmp_path: Path) -> Callable[[str], Path]:
    """Make a Python whose `pip config list` prints some lines, or fails when there are none."""

    def make(lines: str) -> Path:
        python = tmp_path / "python"
        (tmp_path / "lines").write_text(lines)
        python.write_text(
            f"#!/bin/sh\n[ \"$3 $4 $5\" = 'pip config list' ] && [ -s '{tmp_path}/lines' ] && cat '{tmp_path}/lines'\n"
        )
        python.chmod(0o755)
        return python

    return make


def foreign(environ: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(index_settings.FOREIGN)}


OURS = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def test_variables_that_would_shape_the_environment_reach_no_tool(
    give: Give, pip_that_lists: Callable[[str], Path]
) -> None:
    give(**SHAPING)
    assert foreign(index_settings.plain()) == {}
    assert foreign(index_settings.for_pip(pip_that_lists(""))) == OURS
    assert foreign(index_settings.for_uv(Path(sys.executable))) == {}


def test_variables_that_tell_where_the_index_is_reach_the_tool_that_reads_them(
    give: Give, pip_that_lists: Callable[[str], Path]
) -> None:
    give(**SHAPING, **PIP_REACH, **UV_REACH, HTTPS_PROXY="http://proxy.example", SSL_CERT_FILE="/ca.pem")
    pip, uv = index_settings.for_pip(pip_that_lists("")), index_settings.for_uv(Path(sys.executable))
    assert foreign(pip) == {**OURS, **PIP_REACH}
    assert foreign(uv) == UV_REACH
    for environ in (pip, uv):
        assert (environ["HTTPS_PROXY"], environ["SSL_CERT_FILE"]) == ("http://proxy.example", "/ca.pem")


def test_pip_s_files_count_in_pip_s_order(give: Give, pip_that_lists: Callable[[str], Path]) -> None:
    listed = (
        ":env:.index-url='seen'\n"
        "download.cert='of another command'\n"
        "global.cert='/global'\n"
        "global.extra_index_url='https://a.example\\nhttps://b.example'\n"
        "global.index-url='https://global.example'\n"
        "global.proxy='http://global.example'\n"
        "global.target='/t'\n"
        "install.cert='/install'\n"
        "install.prefix='/p'\n"
    )
    give(PIP_PROXY="http://variable.example")
    assert foreign(index_settings.for_pip(pip_that_lists(listed))) == {
        **OURS,
        "PIP_INDEX_URL": "https://global.example",
        "PIP_EXTRA_INDEX_URL": "https://a.example\nhttps://b.example",
        "PIP_CERT": "/install",
        "PIP_PROXY": "http://variable.example",
    }


@pytest.mark.parametrize(("features", "kept"), [("fast-deps truststore", "truststore"), ("fast-deps", None)])
def test_of_pip_s_features_only_the_one_for_certificates_counts(
    give: Give, pip_that_lists: Callable[[str], Path], features: str, kept: str | None
) -> None:
    give(PIP_USE_FEATURE=features)
    assert index_settings.for_pip(pip_that_lists("")).get("PIP_USE_FEATURE") == kept


def test_uv_s_files_count_the_user_s_before_the_computer_s(give: Give, tmp_path: Path) -> None:
    give(XDG_CONFIG_DIRS=str(tmp_path / "shared"), XDG_CONFIG_HOME=str(tmp_path / "own"))
    for folder, text in (("shared", SHARED_UV_TOML), ("own", OWN_UV_TOML)):
        (tmp_path / folder / "uv").mkdir(parents=True)
        (tmp_path / folder / "uv" / "uv.toml").write_text(text)
    assert foreign(index_settings.for_uv(Path(sys.executable))) == {
        "UV_INDEX_URL": "https://own.example",
        "UV_OFFLINE": "false",
        "UV_FIND_LINKS": "/a,/b",
        "UV_INDEX": "mine=https://mine.example",
        "UV_DEFAULT_INDEX": "https://default.example",
        "UV_INSECURE_HOST": "a b",
    }


def test_the_file_that_a_variable_names_counts_alone_and_one_of_the_folder_we_are_in_never(
    give: Give, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "named.toml").write_text('index-url = "https://named.example"\n')
    (tmp_path / "uv.toml").write_text('index-url = "https://here.example"\n')
    monkeypatch.chdir(tmp_path)
    python = Path(sys.executable)
    assert foreign(index_settings.for_uv(python)) == {}
    give(UV_CONFIG_FILE=str(tmp_path / "named.toml"))
    assert foreign(index_settings.for_uv(python)) == {"UV_INDEX_URL": "https://named.example"}


@pytest.mark.parametrize("text", ["no = [toml", ""])
def test_a_file_that_says_nothing_is_passed_over(give: Give, tmp_path: Path, text: str) -> None:
    (tmp_path / "uv.toml").write_text(text)
    give(UV_CONFIG_FILE=str(tmp_path / "uv.toml"))
    assert foreign(index_settings.for_uv(Path(sys.executable))) == {}
