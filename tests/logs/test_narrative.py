from __future__ import annotations

import pytest

from session_sync.errors import UsageError
from session_sync.logs import narrative as narratives
from support.narratives import narrative


def complaint(text: str) -> str:
    """What is wrong with a narrative, "" for nothing."""
    try:
        narratives.check_sections(text)
    except UsageError as error:
        return str(error)
    return ""


def test_complete_narrative_passes() -> None:
    assert complaint(narrative()) == ""


def test_problems_may_be_omitted() -> None:
    assert complaint(narrative(Problems_Encountered=None)) == ""


def test_user_section_may_be_there_or_not() -> None:
    assert complaint("## User\n\nAda\n\n" + narrative()) == ""


@pytest.mark.parametrize("title", [title for title in narratives.SECTIONS if title not in narratives.OMITTABLE])
def test_missing_section_is_named(title: str) -> None:
    with pytest.raises(UsageError, match=f"lacks '## {title}'"):
        narratives.check_sections(narrative(**{title: None}))


def test_sections_out_of_order_are_named() -> None:
    text = narrative(Key_Decisions=None) + "\n## Key Decisions\n\nlate\n"
    with pytest.raises(
        UsageError,
        match="out of order at '## Problems Encountered'; the order is '## Session Summary', '## Key Decisions'",
    ):
        narratives.check_sections(text)


def test_section_twice_is_named() -> None:
    with pytest.raises(UsageError, match="'## Key Decisions' more than once"):
        narratives.check_sections(narrative() + "\n## Key Decisions\n\nagain\n")


def test_heading_inside_a_fence_is_no_section() -> None:
    text = narrative(Key_Decisions=None, Commands_Outputs=None).replace(
        "none touched", "````\n## Key Decisions\n```\n## Key Decisions\n````"
    )
    with pytest.raises(UsageError, match="lacks '## Key Decisions'"):
        narratives.check_sections(text)


def test_other_sections_may_stand_anywhere() -> None:
    assert complaint("# Title\n\n" + narrative() + "\n## Note for grace\n\nplease look\n") == ""


def test_update_may_be_partial_but_stays_in_order() -> None:
    narratives.check_sections("just a line\n", complete=False)
    with pytest.raises(UsageError, match="out of order"):
        narratives.check_sections("## Reference Information\n\nx\n\n## Session Summary\n\ny\n", complete=False)


def test_with_user_replaces_what_the_agent_wrote() -> None:
    text = narratives.with_user("intro\n\n## User\n\nforged\n\n## Session Summary\n\ntext\n", "- Ada\n")
    assert text == "intro\n\n## User\n\n- Ada\n\n## Session Summary\n\ntext\n"


def test_a_user_section_ends_where_a_higher_heading_begins() -> None:
    assert narratives.without_user("## User\n\nforged\n\n# Title\n\ntext\n") == "# Title\n\ntext\n"


def test_with_user_is_put_before_the_first_section() -> None:
    assert narratives.with_user("intro\n\n## Session Summary\n", "- Ada\n") == (
        "intro\n\n## User\n\n- Ada\n\n## Session Summary\n"
    )


@pytest.mark.parametrize("before", ["    ", "```\n", "<!-- draft\n", "<details>\n", "1. step\n\n   "])
def test_what_keeps_a_section_from_being_one_is_told(before: str) -> None:
    text = narrative(Session_Summary="Done.").replace("## Key", f"{before}## Key")
    line = text[: text.index("## Key")].count("\n") + 1
    with pytest.raises(UsageError, match=rf"lacks '## Key.* \(line {line} is within code, HTML or a list; end that"):
        narratives.check_sections(text)


def test_demoted_keeps_fences_and_levels() -> None:
    text = "# A\n## B ##\n  ### C#\n###### D\n##\n```\n## E\n```\n- # F\n"
    lowered = "### A\n### B ##\n#### C#\n###### D\n###\n```\n## E\n```\n- # F\n"
    assert narratives.demoted(text) == lowered


def test_decode_keeps_what_is_no_utf8_and_drops_nul() -> None:
    assert narratives.decode_narrative(b"\xef\xbb\xbfa\0b\r\nc\xff\r") == "ab\nc\ufffd\n"


@pytest.mark.parametrize("data", [b"", b" \n\t", b"\0"])
def test_empty_narrative_is_an_error(data: bytes) -> None:
    with pytest.raises(UsageError, match="empty"):
        narratives.decode_narrative(data)
