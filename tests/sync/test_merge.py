from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.sync import merge
from session_sync.sync.tree.tree import WorkTree
from session_sync.wiki.index import IndexEntry, with_entry
from support.trees import Content, Repo

LOG = "projects/PILOT/session-logs/2026-03-01-ada-x.md"
SECOND = LOG.replace("x.md", "x-2.md")
FIRST = "# x\n\nsaid\n"
OURS, THEIRS = "## Update: 10:00\n\nours\n", "## Update: 11:00\n\ntheirs\n"


class Sides:
    """A tree with a commit on `main` and one on `other`, both after a common one."""

    def __init__(self, root: Path) -> None:
        self.repo = Repo(root)

    def split(self, base: dict[str, Content], ours: dict[str, Content], theirs: dict[str, Content]) -> None:
        self.repo.commit({"README.md": "hello\n", **base})
        self.repo.git("switch", "-q", "-c", "other")
        self.repo.commit(theirs)
        self.repo.git("switch", "-q", "main")
        self.repo.commit(ours)

    def merge(self) -> merge.Merged:
        """The merge; it must not touch anything that a user sees."""
        before = self.repo.seen()
        merged = merge.merge_commits(WorkTree(self.repo.root), self.repo.head, self.repo.git("rev-parse", "other"))
        assert self.repo.seen() == before
        return merged

    def joined(self) -> dict[str, bytes]:
        """The files of the merge, which must have no conflict, without README.md."""
        merged = self.merge()
        assert merged.conflicts == ()
        return {path: data for path, data in self.repo.files(merged.tree).items() if path != "README.md"}


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    return Sides(tmp_path / "tree")


def test_changes_of_different_files_are_joined(sides: Sides) -> None:
    sides.split({"gone": "x\n"}, {"ours": "1\n", "gone": None}, {"theirs": "2\n"})
    assert sides.joined() == {"ours": b"1\n", "theirs": b"2\n"}


@pytest.mark.parametrize("first", [FIRST, FIRST.replace("\n", "\r\n"), FIRST.rstrip("\n")])
def test_what_both_added_to_a_log_is_kept_in_order(sides: Sides, first: str) -> None:
    sides.split({LOG: first}, {LOG: f"{first}\n{OURS}"}, {LOG: f"{first}\n{THEIRS}"})
    text = sides.joined()[LOG].decode()
    assert text.startswith(first)
    assert text.endswith(f"{THEIRS}\n{OURS}")


def test_what_both_have_already_is_not_told_twice(sides: Sides) -> None:
    """A history that was rewritten on the remote: the same text is new on both sides."""
    same = f"{FIRST}\n## Update: 09:00\n\nsame\n\n"
    sides.split({LOG: FIRST}, {LOG: same + OURS}, {LOG: same + THEIRS})
    assert sides.joined()[LOG].decode() == f"{same}{THEIRS}\n{OURS}"


def test_code_that_both_have_is_not_cut_where_it_looks_like_a_heading(sides: Sides) -> None:
    same = f"{FIRST}\n## Update: 09:00\n\n```\n## in a fence\n"
    sides.split({LOG: FIRST}, {LOG: f"{same}ours\n```\n"}, {LOG: f"{same}theirs\n```\n"})
    told = same.removeprefix(FIRST)
    assert sides.joined()[LOG].decode() == f"{same}theirs\n```\n{told}ours\n```\n"


@pytest.mark.parametrize("is_ours_longer", [True, False])
@pytest.mark.parametrize("base", [None, FIRST])
def test_of_a_log_and_its_continuation_the_continuation_is_kept(
    sides: Sides, is_ours_longer: bool, base: str | None
) -> None:
    short, long = f"{FIRST}\n{OURS}", f"{FIRST}\n{OURS}\n{THEIRS}"
    ours, theirs = (long, short) if is_ours_longer else (short, long)
    sides.split({LOG: base} if base else {}, {LOG: ours}, {LOG: theirs})
    assert sides.joined() == {LOG: long.encode()}


def test_two_logs_of_one_name_are_both_kept_and_ours_gets_another(sides: Sides) -> None:
    third, general = LOG.replace("x.md", "x-3.md"), "session-logs/2026-03-01-ada-x.md"
    sides.split({}, {LOG: "mine\n", SECOND: "taken\n", general: "g1\n"}, {LOG: "other\n", general: "g2\n"})
    assert sides.joined() == {
        LOG: b"other\n",
        SECOND: b"taken\n",
        third: b"mine\n",
        general: b"g2\n",
        general.replace("x.md", "x-2.md"): b"g1\n",
    }


@pytest.mark.parametrize("is_ours_removed", [True, False])
def test_a_log_that_was_removed_but_added_to_stays(sides: Sides, is_ours_removed: bool) -> None:
    changes: list[dict[str, Content]] = [{LOG: None}, {LOG: f"{FIRST}\n{OURS}"}]
    sides.split({LOG: FIRST}, *(changes if is_ours_removed else changes[::-1]))
    assert sides.joined() == {LOG: f"{FIRST}\n{OURS}".encode()}


def test_both_removed_a_log(sides: Sides) -> None:
    sides.split({LOG: FIRST}, {LOG: None}, {LOG: None})
    assert sides.joined() == {}


@pytest.mark.parametrize("edited", ["written", ""])
def test_an_edited_log_is_for_the_user(sides: Sides, edited: str) -> None:
    """Also one that lost its end: somebody may have had a reason to take that out."""
    sides.split({LOG: FIRST}, {LOG: f"{FIRST}\n{OURS}"}, {LOG: FIRST.replace("said", edited)})
    assert sides.merge() == merge.Merged("", (LOG.encode(),))


def test_edits_of_different_places_of_a_log_are_joined(sides: Sides) -> None:
    body = "".join(f"line {number}\n" for number in range(20))
    sides.split({LOG: body}, {LOG: body.replace("line 2\n", "LINE 2\n")}, {LOG: f"{body}\n{THEIRS}"})
    assert sides.joined()[LOG].decode() == body.replace("line 2\n", "LINE 2\n") + f"\n{THEIRS}"


BODY = "".join(f"line {number}\n" for number in range(20))


def test_a_log_that_they_renamed_has_what_both_added(sides: Sides) -> None:
    sides.split({LOG: BODY}, {LOG: f"{BODY}\n{OURS}"}, {LOG: None, SECOND: f"{BODY}\n{THEIRS}"})
    assert sides.joined() == {SECOND: f"{BODY}\n{THEIRS}\n{OURS}".encode()}


@pytest.mark.parametrize("there", [SECOND, LOG.replace("x.md", "new.md")])
def test_a_log_that_both_renamed_is_for_the_user(sides: Sides, there: str) -> None:
    """git puts its own marks into what it joined of them: that must not become the log."""
    ours = {LOG: None, SECOND: f"{BODY}\n{OURS}"} if there != SECOND else {LOG: BODY + OURS, SECOND: "mine\n"}
    sides.split({LOG: BODY}, ours, {LOG: None, there: BODY + THEIRS})
    assert there.encode() in sides.merge().conflicts


def test_a_new_log_stays_where_its_session_wrote_it(sides: Sides) -> None:
    """The others moved the folder, to one place or, half and half, to two: git would move the log, or give up."""
    old: dict[str, Content] = {f"old/session-logs/{number}.md": f"{BODY}{number}\n" for number in range(4)}
    moved = {f"{'ab'[number % 2]}/session-logs/{number}.md": data for number, data in enumerate(old.values())}
    sides.split(old, {"old/session-logs/new.md": FIRST}, {**dict.fromkeys(old, None), **moved})
    assert set(sides.joined()) == {*moved, "old/session-logs/new.md"}


def test_names_of_odd_bytes(sides: Sides) -> None:
    odd = os.fsdecode(b"projects/P \xff\"'\n\t/session-logs/-\xc3\xa9\xfe \\.md")
    sides.split({}, {odd: "mine\n"}, {odd: "other\n"})
    assert sides.joined() == {odd: b"other\n", odd.replace(".md", "-2.md"): b"mine\n"}


def entry(name: str, day: int = 21) -> IndexEntry:
    return IndexEntry("projects", f"projects/{name}.md", name, "compiled", f"2026-11-{day}")


def test_the_wikis_index_has_the_entries_of_both(sides: Sides) -> None:
    base = with_entry("", entry("pilot"))
    ours, theirs = with_entry(base, entry("ant")), with_entry(base, entry("bee"))
    sides.split({"wiki/index.md": base}, {"wiki/index.md": ours}, {"wiki/index.md": theirs})
    both = with_entry(theirs, entry("ant"))
    assert sides.joined() == {"wiki/index.md": both.encode()}


def test_a_new_wikis_index_of_both(sides: Sides) -> None:
    ours, theirs = (with_entry("", entry(name)) for name in ("ant", "bee"))
    sides.split({}, {"wiki/index.md": ours}, {"wiki/index.md": theirs})
    assert sides.joined() == {"wiki/index.md": with_entry(theirs, entry("ant")).encode()}


@pytest.mark.parametrize("theirs", ["# Wiki\n\nTheir words\n", b"# Wiki\n\xff\n", None])
def test_other_changes_of_the_wikis_index_are_for_the_user(sides: Sides, theirs: Content) -> None:
    sides.split({"wiki/index.md": "# Wiki\n\nx\n"}, {"wiki/index.md": "# Wiki\n\nOurs\n"}, {"wiki/index.md": theirs})
    assert sides.merge().conflicts == (b"wiki/index.md",)


def test_a_wiki_article_has_the_sessions_of_both(sides: Sides) -> None:
    article = "---\ntitle: P\nsources:\n  - a.md\n---\n\n## History\n\n- 2026-11-20: a\n"
    ours, theirs = (
        article.replace("  - a.md\n", f"  - a.md\n  - {one}.md\n") + f"- 2026-11-21: {one}\n" for one in "bc"
    )
    sides.split({"wiki/projects/p.md": article}, {"wiki/projects/p.md": ours}, {"wiki/projects/p.md": theirs})
    told = sides.joined()["wiki/projects/p.md"].decode()
    assert told.endswith("- 2026-11-20: a\n- 2026-11-21: c\n- 2026-11-21: b\n")
    assert "  - a.md\n  - c.md\n  - b.md\n" in told


BINARY = b"\0\1\2" * 100
ORDINARY: dict[str, tuple[dict[str, Content], dict[str, Content], dict[str, Content], tuple[bytes, ...]]] = {
    "text": ({"a": "1\n"}, {"a": "2\n"}, {"a": "3\n"}, (b"a",)),
    "binary": ({"a": BINARY}, {"a": BINARY + b"1"}, {"a": BINARY + b"2"}, (b"a",)),
    "binary log": ({LOG: BINARY}, {LOG: BINARY[1:]}, {LOG: BINARY[2:]}, (LOG.encode(),)),
    "both added": ({}, {"a": "1\n"}, {"a": "2\n"}, (b"a",)),
    "removed": ({"a": BODY}, {"a": None}, {"a": f"{BODY}x"}, (b"a",)),
    "renamed": ({"a": BODY}, {"a": None, "b": BODY}, {"a": None, "c": BODY}, (b"a", b"b", b"c")),
    "many": ({"b": "1", "a": "1"}, {"b": "2", "a": "2"}, {"a": "3", "b": "3", LOG: "x"}, (b"a", b"b")),
    "hidden": (
        {"session-logs/.x.md": "1"},
        {"session-logs/.x.md": "2"},
        {"session-logs/.x.md": "3"},
        (b"session-logs/.x.md",),
    ),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_other_conflicts_are_for_the_user_by_name(sides: Sides, kind: str) -> None:
    base, ours, theirs, expected = ORDINARY[kind]
    sides.split(base, ours, theirs)
    assert sides.merge() == merge.Merged("", expected)


def test_files_against_folders_links_and_submodules(sides: Sides) -> None:
    """Each is a conflict, also under the name of a log."""
    repo = sides.repo
    empty = repo.commit({"README.md": "hello\n"})
    repo.git("switch", "-q", "-c", "other")
    (repo.root / "link").symlink_to("there")
    repo.write(LOG, "").unlink()
    (repo.root / LOG).symlink_to("README.md")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{empty},module")
    repo.git("add", "--", "link", LOG)
    repo.write("session-logs/folder.md/inside", "x")
    repo.git("add", "session-logs")
    repo.git("commit", "-q", "-m", "theirs")
    repo.git("switch", "-q", "main")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'other')},module")
    repo.write("link", "a file\n")
    repo.write("session-logs/folder.md", "a file\n")
    repo.write(LOG, "a log\n")
    repo.git("add", "--", "link", "session-logs", LOG)
    repo.git("commit", "-q", "-m", "ours")
    shown = set(sides.merge().conflicts)
    assert shown == {b"link", b"session-logs/folder.md", LOG.encode(), b"module"}


def test_modes(sides: Sides) -> None:
    """A mode and a content are joined; two logs with other modes as well."""
    sides.split({"tool": "1\n", LOG: FIRST}, {"tool": "2\n", LOG: f"{FIRST}\n{OURS}"}, {LOG: f"{FIRST}\n{THEIRS}"})
    sides.repo.git("switch", "-q", "other")
    sides.repo.git("update-index", "--chmod=+x", "--", "tool", LOG)
    sides.repo.git("commit", "-q", "-m", "modes")
    sides.repo.git("reset", "-q", "--hard")
    sides.repo.git("switch", "-q", "main")
    merged = sides.merge()
    listed = sides.repo.git("ls-tree", "-r", "--format=%(objectmode) %(path)", merged.tree).splitlines()
    assert f"100755 {LOG}" in listed
    assert "100755 tool" in listed
    assert sides.repo.files(merged.tree)["tool"] == b"2\n"


def test_what_the_user_sets_for_merges_changes_nothing(sides: Sides) -> None:
    repo = sides.repo
    for setting in (
        *("merge.conflictStyle=zdiff3", "merge.default=union", "merge.renames=false", "diff.renames=copies"),
        *("merge.directoryRenames=true", "merge.ff=only", "merge.log=true", "merge.verbosity=5", "merge.stat=true"),
        *("merge.union.driver=false", "diff.noprefix=true", "core.quotePath=true", "color.ui=always"),
    ):
        repo.git("config", *setting.split("=", 1))
    old: dict[str, Content] = {f"old/{number}": f"{BODY}{number}\n" for number in range(3)}
    theirs = {**dict.fromkeys(old, None), **{name.replace("old", "new"): data for name, data in old.items()}}
    sides.split(
        {LOG: FIRST, **old, "copied": BODY},
        {LOG: f"{FIRST}\n{OURS}", "old/0": f"{BODY}0!\n", "old/added": "x"},
        {LOG: f"{FIRST}\n{THEIRS}", **theirs, "copy": BODY},
    )
    joined = sides.joined()
    assert joined[LOG].decode() == f"{FIRST}\n{THEIRS}\n{OURS}"
    assert joined["new/0"].decode() == f"{BODY}0!\n"
    assert joined["old/added"] == b"x"


def test_a_conflict_of_text_is_one_with_a_union_as_the_default(sides: Sides) -> None:
    sides.repo.git("config", "merge.default", "union")
    sides.split({"a": "1\n"}, {"a": "2\n"}, {"a": "3\n"})
    assert sides.merge().conflicts == (b"a",)


def test_histories_without_a_common_past(sides: Sides) -> None:
    sides.split({}, {"a": "1"}, {})
    sides.repo.git("switch", "-q", "--orphan", "strange")
    sides.repo.commit({"b": "2"})
    sides.repo.git("branch", "-q", "-f", "other")
    sides.repo.git("switch", "-q", "main")
    with pytest.raises(merge.NoCommonHistory, match="no common history") as raised:
        sides.merge()
    assert "\n" not in str(raised.value)


def test_a_git_that_cannot_do_that_is_named(sides: Sides, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sides.split({}, {"a": "1"}, {"b": "2"})
    tree = WorkTree(sides.repo.root)
    folder, real = tmp_path / "bin", shutil.which("git")
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\n[ "$1" = version ] && echo git version 2.37.1 && exit\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    with pytest.raises(UserError, match=r"git 2\.37 is too old; install git 2\.38 or later"):
        merge.merge_commits(tree, "main", "other")


def test_what_a_killed_merge_left_is_in_no_ones_way(sides: Sides) -> None:
    sides.split({LOG: FIRST}, {LOG: f"{FIRST}\n{OURS}"}, {LOG: f"{FIRST}\n{THEIRS}"})
    folder = sides.repo.root / ".git" / "session-sync"
    folder.mkdir()
    for name in ("merge-index", "merge-index.lock"):
        (folder / name).write_bytes(b"torn")
    assert b"ours" in sides.joined()[LOG]
    assert list(folder.iterdir()) == []
