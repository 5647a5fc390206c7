from __future__ import annotations

import random
import time

import pytest

from session_sync.text.visible import visible
from session_sync.transcripts.render.foreign import is_harmless, tame
from support.markdown_reader import Page

PIECES = [
    *("```", "````", "~~~", "`", "``", "\n", "\n\n", " ", "  ", "    ", "\t", "- ", "* ", "1. ", "2) ", "> ", ">"),
    *("<script>", "</details>", "<details>", "<!--", "-->", "<b>", "<?php", "<![CDATA[", '<a href="`">', "<x@y.z>"),
    *("<https://a.b>", "![x](http://t/p.png)", "[j](javascript:x)", "[j](<javascript:x>)", "](", "![", "[a]: /u"),
    *("]:", "[a]", "\\", "|", "| a | b |\n|---|---|\n", ":-|", "---", "===", "# H", "## ", "`<i>`", "``<i>``", "!"),
    *("http://x`", "www.a`", "*", "_", "&lt;", "py", "text", "word ", "\n- a\n  ```\n", "\n1. b\n   ```py\n"),
    *("- ~~~", "> ```", "> `<u>`", "    ```", "- - ", "\r", "\0", "\u202e"),
]
FRAME = "<details>\n<summary>x</summary>\n\n{}\n\n</details>\n\n## END\n"


@pytest.mark.parametrize("seed", range(30))
def test_no_sequence_of_pieces_leaves_its_place(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        text = "".join(chance.choices(PIECES, k=chance.randint(1, 25)))
        page = Page(FRAME.format(tame(visible(text)).rstrip()))
        assert page.dangers() == [], text
        assert page.outside == ["heading_open"], text
        assert [tag for tag, _ in page.headings if tag < "h4"] == ["h2"], text


@pytest.mark.parametrize(
    "text",
    [
        "One line with `code <b>`, *emphasis*, a_b, x < y, a -> b and [a link](https://example.org).",
        "- a list\n- [ ] with tasks\n\n1. and\n2. numbers",
        "| a | b |\n|---|---|\n| `x` | y |",
        "```python\nif a < b:\n    print('<script>')\n```",
        "1. First:\n   ```sh\n   make <target>\n   ```\n2. Then <https://example.org/x>",
        "> a quote\n> ```\n> code\n> ```",
        "See [the file](src/main.py), [a part](#part), [root](/x) and [mail](mailto:a@example.org).",
        "def f(x: dict[str]): return x[1:2]",
        "text\n\n---\n\ntext",
        "> text\n>\n> ---",
        "``a ` <b>``",
        "\\<b> and \\`x",
    ],
)
def test_ordinary_markdown_stays_as_it_is(text: str) -> None:
    assert tame(text) == text


@pytest.mark.parametrize(
    ("text", "tamed"),
    [
        ("a <b>bold</b> <word", "a &lt;b>bold&lt;/b> &lt;word"),
        ("![alt](http://t/p.png)", "\\![alt](http://t/p.png)"),
        ("[x](javascript:alert)", "[x]\\(javascript:alert)"),
        ("[x](&#106;avascript:alert)", "[x]\\(&#106;avascript:alert)"),
        ("[foo]: /url", "\\[foo]: /url"),
        ("> [foo]: /url", "> \\[foo]: /url"),
        ("[^1]: note", "\\[^1]: note"),
        ("# One\n## Two\n##### Five", "#### One\n##### Two\n###### Five"),
        ("Title\n=====", "Title\n\\====="),
        ("Title\n---\ntext", "Title\n\n---\ntext"),
        ("> Title\n> ---", "> Title\n> \\---"),
        ("```\nopen", "```\nopen\n```"),
        ("~~~\nopen `x`\n", "```\nopen `x`\n```"),
        ("```\nopen\n~~~", "```\nopen\n~~~\n```"),
        ("- ```py\n  x\n  ```", "\n-\n\n```py\n  x\n```"),
        ("text\n    ```\n    x\n    ```\n---", "text\n    ```\n    x\n    ```\n\n---"),
        ("text\n    >\n=", "text\n    >\n\\="),
        ("```mermaid\nx\n```", "```\nx\n```"),
        ("an `open <b>", "an &#96;open &lt;b>"),
        ("http://x`<b>`", "http://x&#96; &lt;b>&#96;"),
        ("|-|\n`|www.`u`<b>`", "|-|\n&#96;|www&#46;&#96;u`<b>`"),
        ("http://x\\<b>", "http://x&#92; &lt;b>"),
        ("www.x`![i](http://t)", "www.x&#96;&#33;[i](http://t)"),
        ("see https://x.org/a_b and <b>", "see https://x.org/a_b and &lt;b>"),
        ("| a |\n|---|\n| `x|<b>` |", "| a |\n|---|\n| &#96;x|&lt;b>&#96; |"),
    ],
)
def test_what_is_dangerous_becomes_text(text: str, tamed: str) -> None:
    assert tame(text) == tamed


def test_comment_in_indented_code_is_no_heading() -> None:
    assert tame("Run:\n\n    # comment\n    make") == "Run:\n\n    # comment\n    make"


def test_block_in_a_list_stays_in_the_list() -> None:
    page = Page(tame("1. a\n   ```\nx <b>\n   ```\n2. b"))
    assert page.blocks == [("", "x <b>\n")]
    assert page.outside.count("ordered_list_open") == 1


def test_content_of_blocks_is_exact() -> None:
    content = "<script>\n# no heading\n[a]: /u\n![x](y)\n- ```\n"
    assert Page(tame(f"````html\n{content}````\n\nafter")).blocks == [("html", content)]


def test_deep_nesting_is_cut() -> None:
    for sign in (">", "> ", "- ", "1. ", "> - "):
        deepest = max(token.level for token in Page(tame(sign * 5000 + "x")).tokens)
        assert deepest < 100


@pytest.mark.parametrize("text", ["plain", "a `b` *c*", "# heading", "x < y", "[a](b.md)"])
def test_harmless(text: str) -> None:
    assert is_harmless(text)


@pytest.mark.parametrize("text", ["<b>", "`<b>`", "![a](b)", "[a]: b", "x\n[a]: b", "[a](data:x)", "<!--"])
def test_harmful(text: str) -> None:
    assert not is_harmless(text)


@pytest.mark.parametrize(
    "text",
    [
        *("<a" * 25_000, "[\n" * 25_000, "[a" * 25_000 + "]:", "](" * 25_000, "`a <b `` " * 5000, "\\" * 50_000),
        *("- " * 25_000, "> " * 25_000, "1." * 25_000, "\n-" * 25_000, "```\n" * 12_000, "\n" + " " * 50_000),
        *("<b>" + " ".join("`" * count for count in range(300)), "\n".join("~" * count for count in range(300))),
        *("<b>" + "` " * 25_000, "<b>\n|-|\n" + "`a|<b>`" * 7000, "<https://" * 5000, "\n1. ```" * 7000),
    ],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    tame(text)
    assert time.process_time() - began < 0.5
