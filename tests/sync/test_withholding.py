"""What must not leave a shared tree, in whatever form and by whose policy."""

from __future__ import annotations

import pytest

from support.members import Member, Team
from support.narratives import narrative
from support.sweeps import LINE, SECRET, withheld
from support.templates import expand


def test_the_name_that_is_a_secret_is_not_printed(ada: Member) -> None:
    ada.write(f"{SECRET}.txt")
    ada.write(f"inbox/{SECRET}.txt")
    ran = ada.sync()
    assert SECRET not in ran.told
    assert SECRET not in str(ran.report)
    assert "withheld inbox/(a name that is withheld): its name: secret:" in ran.told


def test_a_secret_that_was_committed_before_does_not_withhold_other_edits(team: Team, ada: Member) -> None:
    ada.commit("settings.ini", LINE)
    ada.write("settings.ini", f"{LINE}more = 1\n")
    assert withheld(ada) == set()
    assert "more = 1" in team.text("settings.ini")
    other = expand("ghp_<<alnum:36>>", "another")
    ada.write("settings.ini", f"{LINE}more = 1\nother = {other}\n")
    assert {(path, line) for path, line, _ in withheld(ada)} == {("settings.ini", 3)}
    assert other.encode() not in team.remote.everything()


def test_the_trees_piiignore_lets_a_file_through_and_so_does_skipping(team: Team, ada: Member) -> None:
    ada.write("fixture.ini", LINE)
    ada.write("other.ini", f"second {LINE}")
    entry = "- {path: fixture.ini, reason: a made-up value, rule: 'secret:%s'}\n"
    ada.write(".piiignore", entry % "github" + entry % "generic")
    ran = ada.sync()
    assert {one["path"] for one in ran.tree["withheld"]} == {"other.ini"}
    assert ran.tree["warnings"] == ["1 finding let through by .piiignore"]
    ada.write("fixture.ini", f"{LINE}more = 1\n")
    assert ada.sync().tree["warnings"] == []
    assert SECRET in team.text("fixture.ini")
    assert ada.sync("--skip-pii-check").tree["withheld"] == []
    assert SECRET in team.text("other.ini")


def test_the_entry_that_is_told_lets_a_file_go_as_it_is_pasted(team: Team, ada: Member) -> None:
    ada.write("my [draft].ini", LINE)
    ran = ada.sync()
    entries = [one["piiignore"] for one in ran.tree["withheld"]]
    for entry in entries:
        assert f"; remove or replace it, or add to {ada.tree}/.piiignore: {entry}\n" in ran.told
    ada.write(".piiignore", "".join(f"{entry}\n" for entry in entries))
    ran = ada.sync()
    assert ran.tree["withheld"] == []
    assert SECRET in team.text("my [draft].ini")


def test_a_session_log_that_is_no_text_is_withheld(team: Team, ada: Member) -> None:
    ada.write("session-logs/2026-01-01-ada-x.md", b"\xff\xfe\x00")
    ada.write("data.bin", b"\xff\xfe\x00")
    assert {(path, kind) for path, _, kind in withheld(ada)} == {("session-logs/2026-01-01-ada-x.md", "undecodable")}
    assert "data.bin" in team.paths()


@pytest.mark.parametrize("attribute", ["IBM037", "UTF-16LE"])
def test_an_encoding_that_others_set_hides_nothing(team: Team, ada: Member, bob: Member, attribute: str) -> None:
    bob.commit(".gitattributes", f"*.env working-tree-encoding={attribute}\n*.md working-tree-encoding={attribute}\n")
    bob.sync()
    ada.sync()
    ada.write("a.env", f"token = {SECRET} \n"[: 8 + len(SECRET) + len(SECRET) % 2])
    ada.write("session-logs/2026-01-01-ada-x.md", f"{LINE}{'.' * (len(LINE) % 2)}")
    names = {path for path, _, _ in withheld(ada)}
    assert names == {"a.env", "session-logs/2026-01-01-ada-x.md"}
    assert not names & team.paths()
    saved = ada.save("encoded", body=narrative(Key_Decisions=SECRET))
    assert [one["path"] for one in saved.sync["withheld"]] == [f"session-logs/{saved.path.name}"]


def test_text_in_another_encoding_that_is_wanted_goes(team: Team, ada: Member) -> None:
    ada.commit(".gitattributes", "*.u16 text working-tree-encoding=UTF-16\n")
    ada.write("fine.u16", "caf\xe9\n".encode("utf-16"))
    ada.write("leak.u16", LINE.encode("utf-16"))
    assert {path for path, _, _ in withheld(ada)} == {"leak.u16"}
    assert team.text("fine.u16") == "caf\xe9\n"


def test_what_cannot_be_turned_into_a_file_again_is_withheld(team: Team, ada: Member) -> None:
    ada.commit(".gitattributes", "*.x filter=odd\n")
    for key, value in (("clean", "tr a-z n-za-m"), ("smudge", "false"), ("required", "true")):
        ada.git("config", f"filter.odd.{key}", value)
    ada.write("a.x", "text\n")
    assert withheld(ada) == {("a.x", 1, "unscannable")}
    assert "a.x" not in team.paths()
    assert ada.sync("--skip-pii-check").tree["withheld"] == []


@pytest.mark.parametrize(
    "data",
    [
        b"caf\xe9 " + LINE.encode("latin-1"),
        LINE.encode("utf-16"),
        LINE.encode("utf-16-be"),
        LINE.encode("utf-32"),
        LINE.encode() + b"\0",
        bytes(range(256)) + LINE.encode() + bytes(range(256)),
    ],
)
def test_a_secret_in_another_encoding_is_withheld(team: Team, ada: Member, data: bytes) -> None:
    ada.write("settings.env", data)
    assert {path for path, _, _ in withheld(ada)} == {"settings.env"}
    assert "settings.env" not in team.paths()


@pytest.mark.parametrize("name", ["wiki/projects/cust-acme.md", "Wiki/old/CUST-ACME.MD", "wiki/clients/CUST-b/x.md"])
def test_a_customers_article_goes_by_the_customers_policy(team: Team, ada: Member, name: str) -> None:
    ada.write(name, "number 536-22-8140\n")
    ada.write("wiki/projects/p.md", "number 536-22-8141\n")
    ada.write("wiki/index.md", "- [536-22-8141](projects/p.md) — compiled 2026-01-01\n")
    assert withheld(ada) == {(name, 1, "ssn")}
    assert "wiki/projects/p.md" in team.paths()


def test_an_entry_of_others_for_everything_ignores_nothing(team: Team, ada: Member, bob: Member) -> None:
    bob.commit(".piiignore", "- {path: '**', reason: ok}\n- {path: '**/*', rule: 'secret:github', reason: ok}\n")
    bob.sync()
    ada.sync()
    ada.write("a.txt", LINE)
    ran = ada.sync()
    assert {one["path"] for one in ran.tree["withheld"]} == {"a.txt"}
    assert "At '[0]': an entry for all files does not count" in ran.told
    assert "At '[1]': an entry for all files does not count" in ran.told
    assert "a.txt" not in team.paths()


def test_what_the_index_tells_of_a_customers_article_goes_by_the_customers_policy(team: Team, ada: Member) -> None:
    lines = "# Wiki\n\n- [536-22-8141](projects/p.md) — compiled 2026-01-01\n"
    ada.write("wiki/index.md", lines)
    assert withheld(ada) == set()
    ada.write("wiki/index.md", f"{lines}- [536-22-8140](projects/cust-acme.md) — compiled 2026-01-01\n")
    assert withheld(ada) == {("wiki/index.md", 4, "ssn")}
    ada.sync("--skip-pii-check")
    ada.write("wiki/index.md", f"{lines}- [536-22-8140](projects/cust-acme.md) — compiled 2026-01-02\n")
    assert withheld(ada) == set()


def test_check_hides_a_name_as_a_sync_does(ada: Member) -> None:
    ada.write(f"session-logs/{SECRET}.md")
    ada.write("session-logs/fine.md")
    ran = ada.run("sync", "--check", "--json")
    assert SECRET not in ran.out + ran.err
    assert "not committed: session-logs/(a name that is withheld)" in ran.err
    assert "2 uncommitted session logs" in ran.err
