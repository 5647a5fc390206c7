from __future__ import annotations

from pathlib import Path

from support.team import Team, run


def test_nothing_is_lost_while_a_team_works_in_one_tree(tmp_path: Path, compiled_rules: Path) -> None:
    team, found = run(tmp_path, seed=4, rounds=7, kills=0.2, rules=compiled_rules)
    assert found == {}
    assert team.ledger.saved
    assert team.ledger.written
    assert team.ledger.codes["sync", 0] > len(team.places)


def test_the_checks_see_what_is_lost(tmp_path: Path, compiled_rules: Path) -> None:
    team = Team(tmp_path, seed=1, kills=0.0, rules=compiled_rules)
    writer, place = team.actors[0], team.places[0]
    writer.edit_own()
    writer.update_session()
    team.settle()
    assert team.problems() == {}
    writer.edit_own()
    place.git("commit", "--quiet", "--all", "-m", "never pushed")
    place.git("commit", "--quiet", "--allow-empty", "-m", "save: a-log")
    next(place.tree.rglob("session-logs/*.md")).write_text("overwritten\n")
    (place.tree / "own" / "foreign.md").write_text("of somebody else\n")
    place.git("add", "--all")
    place.git("commit", "--quiet", "-m", "save: a-log")
    place.git("push", "--quiet")
    place.git("reset", "--quiet", "--hard", "HEAD~1")
    place.git("commit", "--quiet", "--allow-empty", "-m", "elsewhere")
    (place.tree / ".git" / "index.lock").touch()
    writer.edit_own()
    assert set(team.problems()) == {"commits lost", "edits lost", "logs lost", "foreign files in saves", "unusable"}
