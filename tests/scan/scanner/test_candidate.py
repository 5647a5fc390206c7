from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate


def test_what_is_around_a_value_is_seen_up_to_its_line_and_the_size() -> None:
    text = "before\nthe key is VALUE and more"
    match = re.search("VALUE", text)
    assert match
    found = Candidate(text, *match.span(), match, ("US",))
    assert (found.value, text[slice(*found.place)]) == ("VALUE", "VALUE")
    assert (found.before(4), found.before(100)) == (" is ", "the key is ")
    assert (found.after(4), found.after(100)) == (" and", " and more")
