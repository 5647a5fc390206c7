from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.wiki.article import Basis
from support.articles import OLD, check, mention


@pytest.mark.parametrize(
    "text",
    [
        "see `vault/servers/web one.md`.",
        "see [x](vault/servers/web%20one.md)",
        "<vault/servers/web one>",
        "vault/servers, vault:servers/",
        "`vault:servers/web one.md:12`",
        "`vault/servers/web one.md#Ports`",
        "{vault}/servers",
        "vault/no (verify)",
        "`vault/no/where.md` (verify)",
        "[vault/no](vault/no) (verify)",
        "vault/no.\n(verify)",
        "https://vault/secret, the vault: there, a/vault/b",
    ],
)
def test_a_path_that_is_in_the_vault_or_marked_is_fine(given: Basis, text: str) -> None:
    assert mention(text.replace("{vault}", str(given.vault)), given) == []


@pytest.mark.parametrize(
    "text",
    [
        "see vault/no.md",
        "`vault/servers/web two.md`",
        "```\ncat vault/no\n```",
        "{vault}/no",
        "./vault/no",
        "Vault:no/where",
        "vault/servers/../../tree",
        "vault/out/tree",
        "vault/no and later (verify)",
        f"vault/{'x' * 500}",
    ],
)
def test_an_invented_path_is_told(given: Basis, text: str) -> None:
    assert given.vault is not None
    os.symlink(given.vault.parent, given.vault / "out")
    complaints = mention(text.replace("{vault}", str(given.vault)), given)
    assert len(complaints) == 1
    assert "is not in the vault" in complaints[0]
    assert len(complaints[0]) < 200


def test_the_vault_may_be_spelled_from_the_home(given: Basis, sealed_home: Path) -> None:
    (sealed_home / "notes").mkdir()
    own = Basis(given.root, vault=sealed_home / "notes", today=given.today)
    assert mention("~/notes/a.md", own) == [
        "'~/notes/a.md' is not in the vault; correct it, or write (verify) after it"
    ]


@pytest.mark.parametrize("vault", [None, Path("/nowhere/at/all")])
def test_without_the_vault_only_what_was_said_before_counts(given: Basis, vault: Path | None) -> None:
    own = Basis(given.root, log_text="moved to vault/new.md", vault=vault, today=given.today)
    assert mention("`vault/new.md`, vault/old.md", own, OLD + "vault/old.md\n") == []
    assert "cannot be checked" in "".join(mention("vault/new", own))


def test_a_path_that_must_be_kept_needs_no_file(given: Basis) -> None:
    old = OLD.replace("- the parser", "- vault/gone.md was the place\n- the parser")
    assert check(old, given, old) == []
