from __future__ import annotations

import random
import re
import time
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from session_sync.text import outline

_COMMONMARK = MarkdownIt("commonmark", {"maxNesting": 1000})
_BEFORE = ["", "", "  ", "   ", "    ", "\t", "> ", "- ", "1. ", "2) "]
_PIECES = [
    *(
        "```",
        "````",
        "~~~",
        "~~~~",
        "`",
        "```sh",
        "``` a`b",
        "~~~ a`b",
        "```code``` is the command",
        "\n",
        "\n",
        "\n\n",
    ),
    *(
        " ",
        "  ",
        "   ",
        "    ",
        "\t",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "10. ",
        "-",
        "1.",
        "> ",
        ">",
        "- - ",
        "-\t",
        ">\t",
    ),
    *("# H", "## a", "#", "##", "### b ##", "# C#", "# d \\#", "####### e", "#f", "#\tg", "## ", " #", "## h # \t"),
    *("---", "===", "***", "- - -", "--", "=", "_ _ _", "text", "word ", "\\", "<!--", "-->", "<!-- ## x -->", "<!-->"),
    *("<script>", "</script>", "<pre>", "</pre>", "<div>", "</div>", "<details>", "<DIV", "<b>", "<b", "</b>", "</x >"),
    *('<a href="x">', "<x-y z='1' k/>", "<http://a.b>", "<?x", "?>", "<!X", "<!", "<![CDATA[", "]]>"),
]
_DEEP_QUOTE = re.compile(r"(?: {4}|\t)\s*>")  # markdown-it takes it for a quote's mark, which has 3 spaces at most


def documents(seed: int, count: int) -> list[str]:
    """Texts of pieces that mean something to Markdown, one after another or in lines."""
    chance = random.Random(seed)
    made = []
    while len(made) < count:
        pieces = chance.choices(_PIECES, k=chance.randint(1, 30))
        if chance.random() < 0.5:
            lines = ("".join([*chance.choices(_BEFORE, k=chance.randint(0, 2)), piece]) for piece in pieces[:14])
            pieces = ["\n".join(lines)]
        text = "".join(pieces)
        if not _DEEP_QUOTE.search(text):
            made.append(text)
    return made


def read(text: str) -> tuple[list[tuple[int, int, str]], set[int]]:
    """The headings of `text`, and the lines in fences that are not blank, as markdown-it sees them."""
    tokens = _COMMONMARK.parse(text)
    heads = [
        (one.map[0], int(one.tag[1]), inner.content)
        for one, inner in pairwise(tokens)
        if one.type == "heading_open" and one.level == 0 and one.markup[0] == "#" and one.map
    ]
    fences = [one.map for one in tokens if one.type == "fence" and one.map]
    return heads, {line for start, end in fences for line in range(start + 1, end)}


@pytest.mark.parametrize("seed", range(6))
def test_headings_and_fences_are_those_of_another_reader(seed: int) -> None:
    met = [0, 0]
    for text in documents(seed, 500):
        heads, code = read(text)
        assert outline.headings(text) == tuple(heads), text
        lines = text.split("\n")
        found = {number for number, is_code in enumerate(outline.fenced(lines)) if is_code}
        assert {one for one in found ^ code if one < len(lines) and lines[one].strip(" \t>")} == set(), text
        met = [met[0] + len(heads), met[1] + len(code)]
    assert min(met) > 50


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


_REPEATED = [
    *("\n", "a\n", "a\n=", "> ", "- ", "-\t", "1. ", "* ", "- - - x\n", "> > > > > > > > > > > > > > >\n", "# ", "#"),
    *(
        "`",
        "```\n",
        "``` `\n",
        "~~~ ",
        "\t",
        " ",
        "\r",
        "<",
        "<a b",
        "<a b=",
        "<a b='c' \n\n",
        "<!--\n",
        "<script>\n\n",
    ),
]


@pytest.mark.parametrize("begin", ["", "- " * 20 + "x", "> " * 20 + "x"])
@pytest.mark.parametrize("text", _REPEATED)
def test_the_time_is_linear(text: str, begin: str) -> None:
    took = []
    for size in (20_000, 80_000):
        document = begin + text * (size // len(text)) + "x"
        start = time.process_time()
        outline.headings(document)
        took.append(time.process_time() - start)
    assert took[1] < 8 * took[0] + 0.2
