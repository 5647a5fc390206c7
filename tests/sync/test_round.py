"""What every round in a shared tree does."""

from __future__ import annotations

from support.members import Member, identify


def test_gits_user_is_made_the_one_of_the_identity_and_told_once(ada: Member) -> None:
    identify(ada)
    ada.git("config", "user.name", "Somebody Else")
    ada.write("x.txt")
    first = ada.sync()
    assert "git's user.name was Somebody Else and is now Ada Lovelace, as identity.json says" in first.told
    assert "git's user.email was ada@example.org and is now ada@lovelace.example, as identity.json says" in first.told
    assert (ada.git("config", "--local", "user.name"), ada.git("config", "--local", "user.email")) == (
        "Ada Lovelace",
        "ada@lovelace.example",
    )
    assert "is now" not in ada.sync().told


def test_a_piiignore_that_somebody_broke_ignores_nothing_and_is_told(ada: Member) -> None:
    ada.write(".piiignore", "{x]")
    assert "nothing is ignored: .piiignore is not valid YAML at line 1; fix it" in ada.sync().told
