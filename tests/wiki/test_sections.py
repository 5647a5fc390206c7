from __future__ import annotations

import pytest

from session_sync.wiki.article import Basis
from support.articles import OLD, check


@pytest.mark.parametrize(
    ("before", "after", "quoted"),
    [
        ("- [ ] rotate the key in March\n", "", "'- [ ] rotate the key in March'"),
        ("- [ ] rotate", "- [x] rotate", "'- [ ] rotate the key in March'"),
        ("  keeps its state\n", "  keeps  its state\n", "'- the parser keeps its state'"),
        ("  - nested remark\n", "", "'- nested remark'"),
        ("of two\nlines", "of two lines", "'A paragraph of two lines.'"),
        ("- no item\n", "", "'``` ## History - no item ```'"),
        ("- 2026-11-20: login\n", "", "'## History'"),
        ("## History\n\n- 2026", "## Past\n\n- 2026", "'- 2026-11-20: login'"),
        ("## More", "## History\n", ""),
    ],
)
def test_each_piece_of_patterns_and_history_is_kept_byte_for_byte(
    given: Basis, before: str, after: str, quoted: str
) -> None:
    assert before in OLD
    complaints = check(OLD.replace(before, after), given)
    assert len(complaints) == (1 if quoted else 0)
    assert quoted in "".join(complaints)


def test_code_that_a_line_begins_with_hides_no_section(given: Basis) -> None:
    old = OLD.replace("A summary.", "```make``` makes it.")
    assert check(old, given, old) == []
    assert len(check(old.replace("- [ ] rotate the key in March\n", ""), given, old)) == 1


def test_a_missing_section_counts_for_all_its_items_and_order_counts(given: Basis) -> None:
    start, _, rest = OLD.partition("## Patterns")
    assert len(check(start + rest[rest.index("## History\n\n- 2026") :], given)) == 7
    item = "- [ ] rotate the key in March\n"
    moved = OLD.replace(item, "").replace("lines.\n", f"lines.\n\n{item}")
    assert "in the old order" in "".join(check(moved, given))


@pytest.mark.parametrize(
    ("resolved", "count"),
    [
        ("rotate the key in March", 0),
        ("- [ ]  rotate the   key in March", 0),
        ("rotate the key", 0),
        ("rotate the", 1),
        ("something else altogether", 1),
    ],
)
def test_what_is_resolved_may_go(given: Basis, resolved: str, count: int) -> None:
    draft = OLD.replace("- [ ] rotate the key in March\n", "")
    assert len(check(draft.replace("sources:", f'resolved:\n  - "{resolved}"\nsources:'), given)) == count


def test_a_beginning_that_two_items_share_resolves_none(given: Basis) -> None:
    old = OLD.replace("- [ ] rotate", "- [ ] rotate the key in April\n- [ ] rotate")
    draft = OLD.replace("- [ ] rotate the key in March\n", "")
    draft = draft.replace("sources:", "resolved: [rotate the key]\nsources:")
    assert len(check(draft, given, old)) == 2
