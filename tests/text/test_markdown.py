from __future__ import annotations

import pytest

from session_sync.text.markdown import (
    code,
    details,
    ends,
    fence,
    html,
    language,
    left_out,
    link,
    plain,
    table,
    web_link,
)
from support.markdown_reader import Page

ODD = [
    "plain",
    "`ticks`",
    "``` three",
    "<script>x</script>",
    "</details>",
    "<!--",
    "![i](http://x/y.png)",
    "[j](javascript:x)",
    "[a]: /u",
    "a|b",
    "*b* __init__ _x_ ~~s~~",
    "trailing \\",
    "closing #",
    "&lt;b&gt; & <",
    "evil\u202e\0",
]
SEEN = {"evil\u202e\0": "evil\\u202e␀"}


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("form", ["# {}\n", "words {}\n", "| {} | x |\n|---|---|\n| {} | y |\n"])
def test_plain_text_shows_as_it_is(text: str, form: str) -> None:
    page = Page(form.replace("{}", plain(text)))
    assert page.dangers() == []
    assert SEEN.get(text, text) in page.text


@pytest.mark.parametrize("text", [*ODD, "`", "a`", "``"])
def test_code_shows_as_it_is(text: str) -> None:
    page = Page(f"words {code(text)} words\n")
    assert page.dangers() == []
    assert [one.content for one in page._all() if one.type == "code_inline"] == [SEEN.get(text, text)]


@pytest.mark.parametrize("text", ODD)
def test_summary_stays_in_its_place(text: str) -> None:
    page = Page(details(html(text), "inside\n\n") + "after\n")
    assert page.dangers() == []
    assert page.outside == ["paragraph_open"]


@pytest.mark.parametrize("text", [*ODD[:-1], "```\n````\n~~~\n", "    indented\n\ttab", "\n\nblank\n\n", "`" * 50])
def test_fence_holds_exactly_the_text(text: str) -> None:
    page = Page(f"{fence(text)}after\n")
    assert page.blocks == [("", text if text.endswith("\n") else f"{text}\n")]
    assert page.text == "after"


def test_long_text_shows_its_ends_and_says_how_much_is_left_out() -> None:
    lines = [f"line {number}" for number in range(1000)]
    page = Page(fence("\n".join(lines)))
    (_, start), (_, end) = page.blocks
    assert start.splitlines() == lines[:53]
    assert end.splitlines() == lines[-26:]
    left = len("\n".join(lines)) - len(start.rstrip("\n")) - len(end.rstrip("\n"))
    assert page.text == f"… {left:,} characters (922 lines) left out, all of it is in the JSON …"


def test_line_of_three_megabytes_is_cut() -> None:
    made = fence("x" * 3_000_000)
    assert len(made) < 5000
    assert "2,996,001 characters (0 lines) left out" in made


def test_text_that_is_hardly_too_long_is_whole() -> None:
    assert "left out" not in fence("x" * 4300)
    assert "left out" not in fence("x\n" * 85)


def test_ends_are_whole_lines() -> None:
    start, end = ends("word word word\n" * 1000, 400, 80)
    assert set(start.split("\n")) == set(end.removesuffix("\n").split("\n")) == {"word word word"}


@pytest.mark.parametrize(
    ("info", "name"),
    [("python", "python"), (" c++ title=x", "c++"), ("Mermaid", ""), ("<script>", ""), ("", ""), ("`x", "")],
)
def test_language_is_a_name_that_no_forge_draws(info: str, name: str) -> None:
    assert language(info) == name


def test_link_leads_to_the_path() -> None:
    page = Page(link("a ] b", "../2026 (x)%20y.md") + "\n")
    assert page.links == ["../2026%20%28x%29%20y.md"]
    assert page.text == "a ] b"


def test_table_has_the_cells() -> None:
    assert table([("a", "b"), ("c", "d")]) == "| a | b |\n|---|---|\n| c | d |\n\n"


def test_what_is_left_out_of_one_line_says_so() -> None:
    assert left_out("a\nb", "a", "b") == "*… 1 character (1 line) left out, all of it is in the JSON …*\n\n"


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.org/a_b/(c)?d=1&e=2#f", "https://example.org/a_b/%28c%29?d=1&e=2#f"),
        ("HTTP://example.org:8080", "http://example.org:8080"),
        ("https://example.org/`<b>`", "https://example.org/%60%3Cb%3E%60"),
    ],
)
def test_link_leads_to_the_page(url: str, href: str) -> None:
    page = Page(web_link("a [text]", url))
    assert page.links == [href]
    assert page.text == "a [text]"
    assert page.dangers() == []


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:x", "ftp://example.org", "https://", "https:///x", "https://good@evil.example/x", "x"),
        "https://" + "x" * 3000,
    ],
)
def test_what_is_no_page_is_code(url: str) -> None:
    assert Page(web_link("x", url)).links == []
