"""The slower search for anchors leads to the same findings."""

from __future__ import annotations

import pytest

from session_sync.scan.scanner import engine, rule_files, scanner
from session_sync.scan.scanner.anchors import Anchor
from session_sync.scan.scanner.python_engine import PythonFinder
from support import scoring


def test_both_engines_find_the_same_in_all_labelled_texts() -> None:
    rules = rule_files.load(None, False)
    slow = scanner.Scanner(engine.compiled(rules, PythonFinder))
    cases = [*scoring.cases(scoring.EVALUATION), *scoring.cases(scoring.EXACT)]
    assert [case.id for case in cases if slow.scan(case.text) != scanner.default().scan(case.text)] == []
    together = "\n\n".join(case.text for case in cases)
    assert slow.scan(together) == scanner.default().scan(together)


@pytest.mark.parametrize(
    ("expression", "ignore_case", "text", "runs"),
    [
        ("[Kk]ey-[ab][0-9]{2}", False, b"xkey-b12 Key-c12", [(8, 8)]),
        ("(?:acme|zeta)_(?:id|key)", True, b"ACME_KEY zeta_id", [(8, 16)]),
        ("[a-z]{2,4}_token", False, b"a_token abcde_token", [(19, 19)]),
        ("aaa", False, b"aaaaaa", [(3, 6)]),
        ("[0-9]{4}", False, b"2024 20245", [(4, 10)]),
        (r"\xc3\xbc(?=[a-z])", False, "ü üb".encode(), [(5, 5)]),
        (r"x\\{1,3}n(?=t)", False, rb"x\\nt x\n", [(4, 4)]),
    ],
)
def test_every_place_of_an_anchor_is_found(
    expression: str, ignore_case: bool, text: bytes, runs: list[tuple[int, int]]
) -> None:
    front, lookahead, tail = expression.partition("(?=")
    anchors = [Anchor("nothing", "", False), Anchor(front, lookahead + tail, ignore_case)]
    made = PythonFinder.compiled(anchors)
    for finder in (made, PythonFinder.of_kept(anchors, made.dump())):
        assert finder.ends(text, {0, 1}) == {1: runs}
        assert finder.ends(text, {0}) == {}


def test_what_another_engine_kept_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        PythonFinder.of_kept([], b"\xdb\xdb\xdb\xdb")
