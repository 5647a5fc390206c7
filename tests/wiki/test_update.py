from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.logs.shared_tree import Scope
from session_sync.wiki import index as wiki_index
from session_sync.wiki.update import Updated, update_wiki
from support.wikis import ARTICLE, DAY, DRAFT, LINK, LOG, put, update


def test_a_draft_becomes_the_article_with_its_front_matter_filled(tree: Path) -> None:
    done = update(tree, DRAFT)
    article = tree / "wiki" / "projects" / "pilot.md"
    assert done == Updated("compiled", [article, tree / "wiki" / "index.md"], [])
    head = f"---\nlast_compiled: {DAY}\nsources: [{LOG}]\ntitle: PILOT\ncategory: projects\n---\n"
    assert article.read_text() == head + DRAFT.partition("\n---\n")[2]
    line = f"- [PILOT](projects/pilot.md) — compiled {DAY}"
    assert (tree / "wiki" / "index.md").read_text() == f"# Wiki\n\n## Projects\n\n{line}\n"
    assert update(tree, DRAFT).paths == []


def test_a_compiled_article_forgets_what_was_for_one_draft(tree: Path) -> None:
    update(tree)
    old = (tree / "wiki" / "projects" / "pilot.md").read_text()
    draft = old.replace("last_refreshed", "resolved:\n  - nothing at all\nlast_compiled").replace("# PILOT", "Text")
    assert update(tree, draft).status == "compiled"
    text = (tree / "wiki" / "projects" / "pilot.md").read_text()
    assert text == draft.replace("resolved:\n  - nothing at all\n", "")
    assert f"compiled {DAY}" in (tree / "wiki" / "index.md").read_text()


def test_without_a_draft_only_sources_and_history_grow(tree: Path) -> None:
    article = put(tree, "wiki/projects/pilot.md", ARTICLE)
    done = update(tree)
    assert (done.status, done.messages) == ("refreshed", ["[WARN] wiki refreshed, not recompiled: there is no draft"])
    wanted = ARTICLE.replace("old.md\n", f"old.md\n- {LOG}\n").replace("-01\n---", f"-01\nlast_refreshed: {DAY}\n---")
    wanted = wanted.replace("begun\n", f"begun\n- 2026-11-20: Log in \\[again\\] ([log]({LINK}))\n")
    assert article.read_text() == wanted
    assert f"- [The: Pilot](projects/pilot.md) — refreshed {DAY}, active\n" in (tree / "wiki/index.md").read_text()
    assert update(tree, day="2026-11-25").paths == []
    assert article.read_text() == wanted


def test_a_draft_that_fails_leads_to_a_refresh_that_says_why(tree: Path) -> None:
    article = put(tree, "wiki/projects/pilot.md", ARTICLE)
    done = update(tree, DRAFT)
    assert done.status == "refreshed"
    assert done.messages == [
        "[WARN] wiki refreshed, not recompiled: "
        "`sources` must still hold 'session-logs/2026-01-01-ada-old.md' (and 2 more)"
    ]
    assert article.read_text().count("- one") == 1


def test_no_wiki_is_none(tree: Path) -> None:
    (tree / "wiki").rmdir()
    assert update(tree, DRAFT) == Updated("none", [], [])


def odd(tree: Path, kind: str) -> None:
    wiki_folder, out = tree / "wiki", tree.parent / "out"
    out.mkdir()
    if kind == "linked wiki":
        wiki_folder.rmdir()
        os.symlink(out, wiki_folder)
    elif kind == "linked folder":
        os.symlink(out, wiki_folder / "projects")
    elif kind == "linked article":
        os.symlink(out / "x", put(tree, "wiki/projects/pilot.md", "").parent / "l")
        os.replace(wiki_folder / "projects" / "l", wiki_folder / "projects" / "pilot.md")
    elif kind == "linked index":
        os.symlink(out / "x", wiki_folder / "index.md")
    elif kind == "folder":
        (wiki_folder / "projects" / "pilot.md").mkdir(parents=True)
    elif kind == "no text":
        (put(tree, "wiki/projects/pilot.md", "")).write_bytes(b"\xff")
    elif kind == "large":
        put(tree, "wiki/projects/pilot.md", "x" * 2_000_001)
    elif kind == "no folder":
        put(tree, "wiki/projects", "x")
    elif kind == "pipe":
        os.mkfifo(put(tree, "wiki/projects/a", "").with_name("pilot.md"))
    else:
        (tree / LOG).unlink()


KINDS = ["linked wiki", "linked folder", "linked article", "linked index", "folder", "no text", "large", "no folder"]


@pytest.mark.parametrize("kind", [*KINDS, "pipe", "no log"])
@pytest.mark.parametrize("draft", [None, DRAFT])
def test_what_is_odd_fails_in_one_line_and_nothing_is_written(tree: Path, kind: str, draft: str | None) -> None:
    odd(tree, kind)
    before = sorted(tree.parent.rglob("*"))
    done = update(tree, draft)
    assert (done.status, done.paths) == ("failed", [])
    assert len(done.messages) == 1
    assert done.messages[0].startswith("[WARN] wiki not updated: ")
    assert "unexpected" not in done.messages[0]
    assert sorted(tree.parent.rglob("*")) == before


def test_a_name_that_is_none_fails(tree: Path) -> None:
    assert update_wiki(tree, Scope("projects", ".."), tree / LOG, None, None).status == "failed"
    assert update_wiki(tree, Scope("../x", "y"), tree / LOG, None, None).status == "failed"


def test_even_a_bug_costs_no_save(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiki_index, "with_entry", lambda *_: {}["x"])
    assert update(tree).messages == ["[WARN] wiki not updated: unexpected KeyError"]
