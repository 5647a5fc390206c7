from __future__ import annotations

from dataclasses import replace

import pytest

from session_sync.wiki.index import IndexEntry, merge_index, with_entry
from support.markdown_reader import Page

PILOT = IndexEntry("projects", "projects/pilot.md", "Pilot", "compiled", "2026-11-21", "active")
LINE = "- [Pilot](projects/pilot.md) — compiled 2026-11-21, active"


def index(*entries: IndexEntry) -> str:
    text = ""
    for entry in entries:
        text = with_entry(text, entry)
    return text


def test_a_new_index_has_a_section_for_the_category() -> None:
    text = index(PILOT, IndexEntry("general", "general/vpn.md", "VPN", "refreshed", "2026-11-20"))
    assert text == f"# Wiki\n\n## Projects\n\n{LINE}\n\n## General\n\n- [VPN](general/vpn.md) — refreshed 2026-11-20\n"


def test_articles_are_sorted_and_each_has_one_line() -> None:
    others = [replace(PILOT, target=f"projects/{name}.md", title=name, status="") for name in ("zoo", "ant")]
    text = index(PILOT, *others, replace(PILOT, state="refreshed", day="2026-11-22", status=""))
    assert text.splitlines()[2:] == [
        "## Projects",
        "",
        "- [ant](projects/ant.md) — compiled 2026-11-21",
        "- [Pilot](projects/pilot.md) — refreshed 2026-11-22",
        "- [zoo](projects/zoo.md) — compiled 2026-11-21",
    ]


HAND = """Hand-written  \r
## Projects\r
Ours:\r
* [Pilot](projects/pilot.md)\r
- [Pilot](projects/pilot.md), which I like\r
```\r
- [Zoo](projects/zoo.md)\r
```\r
## General\r
none"""


def test_what_people_wrote_stays_byte_for_byte() -> None:
    text = with_entry(HAND, PILOT)
    assert text == HAND.replace("* [Pilot](projects/pilot.md)\r", LINE + "\r")
    text = with_entry(text, replace(PILOT, category="general", target="general/vpn.md", status=""))
    assert text.endswith("## General\r\nnone\r\n\r\n- [Pilot](general/vpn.md) — compiled 2026-11-21\r\n")
    text = with_entry(text, replace(PILOT, target="projects/zoo.md", title="Zoo", status=""))
    assert f"{LINE}\r\n- [Zoo](projects/zoo.md) — compiled 2026-11-21\r\n- [Pilot]" in text


@pytest.mark.parametrize("title", ["](http://evil/)", "<script>x</script>", "a|b `c` *d*\n## Forged", "[x]", "\\"])
def test_a_title_is_only_text_and_its_line_is_found_again(title: str) -> None:
    entry = replace(PILOT, title=title, target="projects/a (b) c.md")
    text = index(entry)
    assert Page(text).dangers() == []
    assert " ".join(title.split()) in Page(text).text
    assert with_entry(text, entry) == text
    assert "2026-11-22" in with_entry(text, replace(entry, day="2026-11-22"))
    assert with_entry(text, replace(entry, day="2026-11-22")).count("](") == text.count("](")


def test_code_that_a_line_begins_with_hides_no_entry() -> None:
    text = f"# Wiki\n\n```wiki prepare``` tells the rules.\n\n## Projects\n\n{LINE}\n"
    assert with_entry(text, PILOT) == text


ZOO = replace(PILOT, target="projects/zoo.md", title="Zoo")
ANT = replace(PILOT, target="projects/ant.md", title="Ant")
VPN = replace(PILOT, category="general", target="general/vpn.md", title="VPN")


def test_entries_of_both_sides_are_merged() -> None:
    base = index(PILOT)
    assert merge_index(base, index(PILOT, ZOO, VPN), index(PILOT, ANT)) == index(PILOT, ANT, ZOO, VPN)
    assert merge_index("", index(PILOT), index(ANT)) == index(ANT, PILOT)


@pytest.mark.parametrize(("ours", "theirs", "winner"), [(23, 22, 23), (22, 23, 23), (22, 21, 22), (21, 22, 22)])
def test_the_later_date_wins(ours: int, theirs: int, winner: int) -> None:
    one, two, three = (index(replace(PILOT, day=f"2026-11-{day}")) for day in (ours, theirs, winner))
    assert merge_index(index(PILOT), one, two) == three


def test_a_line_that_we_removed_stays_away_unless_they_changed_it() -> None:
    newer = index(replace(PILOT, day="2026-11-23"), ZOO)
    assert merge_index(index(PILOT, ZOO), index(ZOO), index(PILOT, ZOO)) == index(ZOO)
    assert merge_index(index(PILOT, ZOO), index(ZOO), newer) == newer


def test_other_text_of_theirs_is_kept_and_of_ours_is_for_git() -> None:
    base = index(PILOT)
    theirs = base.replace("# Wiki", "# Wiki\n\nWelcome")
    assert merge_index(base, index(PILOT, ZOO), theirs) == with_entry(theirs, ZOO)
    assert merge_index(base, theirs, index(PILOT, ZOO)) is None
