from __future__ import annotations

from pathlib import Path

from session_sync.logs.shared_tree import Scope
from session_sync.wiki.update import update_wiki
from support.wikis import ARTICLE, DAY, DRAFT, LOG, put, update


def test_an_article_elsewhere_is_the_article_but_not_one_of_a_client(tree: Path) -> None:
    put(tree, "wiki/clients/pilot.md", ARTICLE)
    assert update(tree).paths[0] == tree / "wiki" / "projects" / "pilot.md"
    (tree / "wiki" / "projects" / "pilot.md").unlink()
    article = put(tree, "wiki/old/Pilot.md", ARTICLE)
    assert update(tree).paths[0] == article
    put(tree, "wiki/pilot.md", ARTICLE)
    assert update(tree, day="2026-11-30").paths[0] == tree / "wiki" / "projects" / "pilot.md"


def test_a_project_called_index_does_not_take_the_index(tree: Path) -> None:
    update(tree, DRAFT)
    done = update_wiki(tree, Scope("projects", "index"), tree / LOG, None, None, DAY)
    assert done.paths[0] == tree / "wiki" / "projects" / "index.md"
