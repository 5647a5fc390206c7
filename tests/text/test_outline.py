from __future__ import annotations

import pytest

from session_sync.text import outline


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("```make check``` is the command\n# a", ["a"]),
        ("``` a`b\n# a", ["a"]),
        ("~~~ a`b\n# no\n~~~\n# a", ["a"]),
        ("```\n# no\n~~~\n``\n# no\n```` \t\n# a", ["a"]),
        ("````\n```\n# no\n", []),
        ("```\n``` sh\n# no\n    ```\n# no", []),
        ("   ```\n# no\n   ```\n# a", ["a"]),
        ("    ```\n# a\n    ```", ["a"]),
        ("text\n    ```\n# a", ["a"]),
        ("\t# no\n   # a", ["a"]),
        (
            "#\ta\n#b\n##\n####### no\n# C#\n## d ##  \n# e \\#\n# f # g\n# #",
            ["a", "", "C#", "d", "e \\#", "f # g", ""],
        ),
        ("- item\n  ```\n  # no\n# a", ["a"]),
        ("1. step\n   ```\n   # no\n\n   # no\n   ```\n   # no\n# a", ["a"]),
        ("> ```\n> # no\n# a", ["a"]),
        ("> # no\n- # no\n# a", ["a"]),
        ("<!-- # no\n# no\n\n# no -->\n# a", ["a"]),
        ("<!-- no --> text\n# a", ["a"]),
        ("text <!--\n# a", ["a"]),
        ("<!--\n# no", []),
        ("<details>\n# no\n\n# a\n</details>\n# no", ["a"]),
        ("<pre>\n\n# no\n</pre>\n# a", ["a"]),
        ("<b>\n# no\n\n# a", ["a"]),
        ("text\n<b>\n# a", ["a"]),
        ("> text\n===\n<b>\n# a", ["a"]),
        ("text\n<param>\n# no", []),
        ("<![CDATA[\n\n# no", []),
        ("<![cdata[\n# a", ["a"]),
        ("# a\r\n```\r\n# no\r\n```\r\n# b #\r\n", ["a", "b"]),
        ("# a\n\x0b# no\n\u2028# no\n# b", ["a", "b"]),
    ],
)
def test_a_heading_heads_what_is_after_it(text: str, titles: list[str]) -> None:
    assert [heading.title for heading in outline.headings(text)] == titles


def test_a_line_under_a_paragraph_sets_it_apart_and_makes_no_heading_of_it() -> None:
    text = "## a\nwhat was said\n---\nand more\n===\n## b"
    assert outline.sections(text) == [("a", 0, 5), ("b", 5, 6)]


def test_a_heading_has_a_line_a_level_and_a_title() -> None:
    assert outline.headings("intro\n\n### The *title* ###\n") == ((2, 3, "The *title*"),)


def test_a_section_goes_to_the_next_heading_of_its_level_or_above() -> None:
    text = "# t\n## A\na\n### b\nb\n## a\nc\n# u\nd"
    assert outline.sections(text) == [("A", 1, 5), ("a", 5, 7)]
    assert outline.sections(text, "A") == outline.sections(text, "a") == outline.sections(text)
    assert outline.lines_of(text, "a") == ["a", "### b", "b", "c"]
    assert outline.sections(text, "b") == outline.lines_of(text, "b") == outline.sections("") == []


def test_a_fence_that_opens_is_none_of_its_code_and_one_that_closes_is() -> None:
    lines = ["```", "a", "", "```", "- b", "  ~~~", "  c", "  ~~~", "d"]
    assert [line for line, is_code in zip(lines, outline.fenced(lines), strict=True) if is_code] == [
        *("a", "", "```", "  c", "  ~~~")
    ]
    assert outline.fenced(["> ```", "> a", "    > b", "```", "c"]) == [False, True, False, False, True]
