from __future__ import annotations

import pytest

from session_sync.scan.scanner.validators import expressions


@pytest.mark.parametrize(
    "value",
    [
        "$TOKEN",
        "%TOKEN%",
        "%env(TOKEN)%",
        "process.env.TOKEN",
        "os.environ['TOKEN']",
        "vault:kv/db",
        "ref+awsssm://db",
        "/run/secrets/db",
        "etc/keys/main",
    ],
)
def test_what_says_where_a_secret_is_kept_is_a_reference(value: str) -> None:
    assert expressions.is_reference(value)


@pytest.mark.parametrize("value", ["/OZFrKHd1tETkS26WCkvBJrJtIAZ", "%URtCg%k1xIBa", "$ecret.9!"])
def test_a_value_may_begin_like_a_reference(value: str) -> None:
    assert not expressions.is_reference(value)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("get_password(user1);", True),
        ("$request->input('pw1');", True),
        ("!user.password_hash.is_empty(),", True),
        ("json!(hide_passwords);", True),
        ("&sqliteContainer{", True),
        ("static::$password ??= x", True),
        ("opts.pass ?? other", True),
        ("i8tm(wW2ZT)NY9", False),
        ("ZwTA(ijHURu", False),
        ("myY3[WOmPz]", False),
        ("flag{0123abcd}", False),
        ("Kestrel-9", False),
    ],
)
def test_a_call_is_told_from_a_password_with_brackets(line: str, is_one: bool) -> None:
    assert expressions.is_expression(line) == is_one
