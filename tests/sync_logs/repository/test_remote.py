from __future__ import annotations

import base64

import pytest

from session_sync.sync_logs.repository.remote import https_url, settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@forge.example:team/logs.git", "https://forge.example/team/logs.git"),
        ("ssh://git@forge.example/team/logs.git", "https://forge.example/team/logs.git"),
        ("ssh://git@forge.example:2222/team/logs.git", "https://forge.example/team/logs.git"),
        ("forge.example:team/logs.git", "https://forge.example/team/logs.git"),
        ("https://forge.example/team/logs.git", "https://forge.example/team/logs.git"),
        ("http://127.0.0.1:80/x.git", "http://127.0.0.1:80/x.git"),
        ("/srv/logs.git", "/srv/logs.git"),
        ("../logs.git", "../logs.git"),
        ("file:///srv/logs.git", "file:///srv/logs.git"),
        ("C:\\logs.git", "C:\\logs.git"),
        ("C:/logs.git", "C:/logs.git"),
    ],
)
def test_https_url(url: str, expected: str) -> None:
    assert https_url(url) == expected


def test_a_password_never_reaches_gits_arguments() -> None:
    given = settings("https://ada:hunter%202@forge.example/x.git")
    assert given["remote.session-sync.url"] == "https://forge.example/x.git"
    pair = base64.b64encode(b"ada:hunter 2").decode()
    assert given["http.https://forge.example/x.git.extraHeader"] == f"Authorization: Basic {pair}"
    assert "hunter" not in str(given)


def test_a_user_without_password_is_left_to_the_credential_helper() -> None:
    url = "https://ada@forge.example/x.git"
    assert settings(url)["remote.session-sync.url"] == url
