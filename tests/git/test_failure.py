from __future__ import annotations

import pytest

from session_sync.git.failure import GitError

SSH_END = "fatal: Could not read from remote repository."


def test_credentials_are_masked() -> None:
    error = GitError("push", "fatal: unable to access 'https://ada:hunter2@host/x.git/': Failed to connect")
    assert "hunter2" not in str(error) + error.detail
    assert error.unreachable
    assert not error.refused


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"ssh: connect to host h port 22: Connection refused\n{SSH_END}", "unreachable"),
        (f"fatal: '/gone' does not appear to be a git repository\n{SSH_END}", "unreachable"),
        (f"git@h: Permission denied (publickey).\n{SSH_END}", "refused"),
        ("fatal: could not read Username for 'https://h': terminal prompts disabled", "refused"),
        ("fatal: Authentication failed for 'https://h/'", "refused"),
        (f"kex_exchange_identification: read: Connection reset by peer\n{SSH_END}", "contended"),
        ("error: cannot lock ref 'refs/heads/x'", "contended"),
        ("error: RPC failed; HTTP 503 curl 22", "contended"),
        ("fatal: bad object HEAD", "neither"),
    ],
)
def test_errors_are_told_apart(said: str, kind: str) -> None:
    error = GitError("fetch", said)
    assert error.refused == (kind == "refused")
    assert error.contended == (kind == "contended")
    assert error.unreachable == (kind in ("unreachable", "contended") and "Could not read" in said)
