"""Whatever is planted goes, and JSON stays JSON."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from session_sync.errors import UserError
from session_sync.scan import redact, tags
from session_sync.scan.policy import Policy
from session_sync.scan.scanner import engine, rule, scanner
from support.templates import expand

STRICT = Policy("strict")
TAG = re.compile(r"\[REDACTED:[a-z_:0-9]+:[0-9a-f]{4}\]")
CARD = expand("<<card:4539:16>>", "card")
TOKEN = expand("ghp_<<alnum:36>>", "token")
MAIL = "grace.hopper@navy.mil"


def redacted(text: str, policy: Policy = STRICT) -> str:
    """The redacted text, which must be a fixed point and hold nothing that blocks."""
    made = redact.redact(text, scanner.default(), policy)
    assert redact.redact(made, scanner.default(), policy) == made
    assert not [one for one in scanner.scan(made) if policy.blocks(one)]
    return made


def tag(kind: str, value: str) -> str:
    return f"[REDACTED:{kind}:{tags.tag(value)[:4]}]"


def test_a_value_becomes_its_tag_and_the_rest_stays() -> None:
    assert redacted(f"é mail {MAIL},\r\nthen {MAIL}") == "é mail {0},\r\nthen {0}".format(tag("email", MAIL))
    assert redacted("nothing\x00here \ud800") == "nothing\x00here \ud800"


def test_only_what_the_policy_blocks_goes() -> None:
    text = f"{MAIL} {TOKEN}"
    assert redacted(text, Policy("off")) == text
    assert redacted(text, Policy("secrets")) == f"{MAIL} {tag('secret:github', TOKEN)}"


def test_credentials_that_are_kept_stay() -> None:
    text = expand('{"password": "<<password>>"}', "p")
    assert redacted(text, Policy("strict", keep_credentials=True)) == text
    assert TAG.search(redacted(text))


@pytest.mark.parametrize(
    "text",
    [
        f'{{"n": {CARD}, "m": 1}}',
        f'{{"n":{CARD}}}',
        f"[1, {CARD} , {CARD}]",
        f'{{\n  "n" : {CARD}\n}}',
        f'\ufeff{{"n": [{CARD}]}}',
        f'{{"ssn": 536228140, "ok": true}}\n{{"n": {CARD}}}\n\n[null,{CARD}]\n',
        json.dumps({"text": f": {CARD}, "}),
        json.dumps({"text": f'": {CARD}, '}),
        json.dumps({"text": f"\\: {CARD}\\"}),
    ],
)
def test_a_number_of_json_becomes_a_string(text: str) -> None:
    made = redacted(text)
    for line in made.removeprefix("\ufeff").split("\n\n" if "\n\n" not in made else "\n"):
        if line.strip():
            json.loads(line)
    assert CARD not in made
    assert "536228140" not in made


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_a_number_in_json_in_strings_becomes_a_string_there(levels: int) -> None:
    text = json.dumps({"card": int(CARD), "more": [1]}, indent=2)
    for _ in range(levels):
        text = json.dumps([text])
    content: Any = json.loads(redacted(text))
    for _ in range(levels):
        content = json.loads(content[0])
    assert content == {"card": tag("credit_card", CARD), "more": [1]}


def test_a_number_in_prose_gets_no_quotes_but_one_behind_a_key_does() -> None:
    assert redacted(f"card: {CARD}, or") == f"card: {tag('credit_card', CARD)}, or"
    assert redacted(f'```\n"card": {CARD},\n```') == f'```\n"card": "{tag("credit_card", CARD)}",\n```'


@pytest.mark.parametrize("levels", [0, 1, 2, 3])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "content",
    [
        {"pan": [int(CARD), int(CARD)]},
        [int(CARD), -int(CARD)],
        {"n": -int(CARD), "pan": [[1, -2.5e3, None], {"a": int(CARD)}, int(CARD), "x", int(CARD)]},
        ["C:\\", int(CARD), '"', int(CARD), 'a"\\', int(CARD)],
        {"text": f"see [{CARD}, {CARD}], or", "more": ["1, " + CARD, f"{CARD}, 2"]},
        {"a": [True, {"b": []}, int(CARD)], "c": f'", {CARD}, '},
    ],
    ids=str,
)
def test_numbers_in_lists_become_strings_at_every_level(content: Any, levels: int, indent: int | None) -> None:
    made = json.dumps(content, indent=indent)
    for _ in range(levels):
        made = json.dumps({"x": made})
    made = redacted(made)
    for _ in range(levels):
        made = json.loads(made)["x"]
    assert CARD not in made
    assert len(json.loads(made)) == len(content)


@pytest.mark.parametrize("content", [{"pans": [int(CARD), int(CARD)]}, [int(CARD), int(CARD)], [[-int(CARD)], 5]])
@pytest.mark.parametrize("indent", [None, 1])
def test_json_in_markdown_stays_json(content: Any, indent: int | None) -> None:
    made = redacted(f'He said "a" or "b".\n\n```json\n{json.dumps(content, indent=indent)}\n```\n')
    assert CARD not in made
    assert len(json.loads(made.split("```")[1].removeprefix("json"))) == len(content)


@pytest.mark.parametrize("text", [f"cards: {CARD}, {CARD}, or", f"see [{CARD}, {CARD}] there", f'"x" and [{CARD}]'])
def test_a_list_in_prose_gets_no_quotes(text: str) -> None:
    assert redacted(text) == text.replace(CARD, tag("credit_card", CARD))


def test_a_forged_tag_is_no_hiding_place() -> None:
    token = expand("dop_v1_<<hex:64>>", "forged")
    assert token not in redacted(f"a [REDACTED:secret:{token}:abcd] b")


def test_what_a_policy_lets_pass_hides_nothing() -> None:
    made = redacted(f"mail {TOKEN}@navy.mil", Policy("secrets"))
    assert TOKEN not in made


def test_a_key_over_several_strings_leaves_their_list() -> None:
    lines = ["-----BEGIN RSA PRIVATE KEY-----", *expand("<<pem:6>>", "k").split("\n"), "-----END RSA PRIVATE KEY-----"]
    text = json.dumps({"cells": [{"source": [line + "\n" for line in lines] + ["print(1)\n"]}]}, indent=1)
    made = redacted(text)
    source = json.loads(made)["cells"][0]["source"]
    assert [re.sub(r"[0-9a-f]{4}\]", "]", one) for one in source[:-2]] == ["[REDACTED:secret:private_key:]"] * 7
    assert TAG.match(source[-2])
    assert source[-1] == "print(1)\n"
    assert made.count("\n") == text.count("\n")


def test_a_key_in_a_text_goes_whole() -> None:
    text = expand("a\n-----BEGIN RSA PRIVATE KEY-----\n<<pem:6>>\n-----END RSA PRIVATE KEY-----\nb", "k")
    assert re.fullmatch(r"a\n\[REDACTED:secret:private_key:[0-9a-f]{4}\]\nb", redacted(text))


@pytest.mark.parametrize("before", ["\n", "\t", '"', "\\", "/", "é", "😀", "\\\\", "\x1b[1m", "\u2028", '\\"'])
@pytest.mark.parametrize("after", ["", "\n", '"', "\\", "😀", '\\"'])
def test_no_escape_is_cut(before: str, after: str) -> None:
    for ascii_only in (True, False):
        text = json.dumps({"a": [f"x {before}{MAIL}{after} y", json.dumps({before: f"{before} {TOKEN}{after}"})]})
        made = redacted(text if ascii_only else json.dumps(json.loads(text), ensure_ascii=False))
        first, second = json.loads(made)["a"]
        assert "navy" not in made
        assert TOKEN not in made
        first.encode()
        second.encode()


def custom(pattern: str, anchor: str) -> scanner.Scanner:
    """A scanner with one rule, which finds what ours would not."""
    content = {"id": "user-rule", "type": "secret:user", "pattern": pattern, "anchors": [anchor], "bounded": False}
    return scanner.Scanner(engine.compiled(rule.of_content([content])))


def test_a_value_over_several_lines_of_json_leaves_the_lines() -> None:
    lines = [{"x": "begin 1"}, ["two", 2], {"y": "end"}]
    text = "\n".join(json.dumps(line) for line in [[0], *lines, [9]])
    made = redact.redact(text, custom(r"begin[\s\S]{1,60}end", "begin"), STRICT)
    one = json.loads(made.split("\n")[1])["x"]
    assert [json.loads(line) for line in made.split("\n")] == [[0], {"x": one}, [one, one], {one: one}, [9]]
    assert TAG.fullmatch(one)


@pytest.mark.parametrize("pattern", ["[0-9a-f]{4}xyz", "xyz.{0,6}", ".{0,3}xyz.", "xyz[^,]{0,30}"])
def test_whatever_a_rule_cuts_json_stays_json(pattern: str) -> None:
    text = json.dumps({"a": '\u00e9xyz\u00e9\u00e9"', "b": ["\U0001f600xyz\U0001f600", "xyz"], "xyz": 5, "c": "xyz\\"})
    made = redact.redact(text, custom(pattern, "xyz"), STRICT)
    json.dumps(json.loads(made), ensure_ascii=False).encode()
    assert ("xyz" in made) == (pattern.startswith("[0-9"))


@pytest.mark.parametrize(
    ("pattern", "made"), [(r'(?<=xyz")\]\}\]', '[{"a": ["xyzTAG"]}]'), (r"xyz[^\n]{4}", '[{"a": ["TAG"]}]')]
)
def test_what_is_found_in_the_brackets_of_json_is_told_beside_them(pattern: str, made: str) -> None:
    text = '[{"a": ["xyz"]}]'
    (value,) = re.findall(pattern, text)
    assert redact.redact(text, custom(pattern, "xyz"), STRICT) == made.replace("TAG", tag("secret:user", value))


@pytest.mark.parametrize("literal", ["true", "null"])
def test_a_word_of_json_that_is_found_becomes_a_string(literal: str) -> None:
    made = redact.redact(f'{{"xyz": {literal}, "b": false}}', custom(rf"(?<=xyz\": ){literal}", "xyz"), STRICT)
    assert made == f'{{"xyz": "{tag("secret:user", literal)}", "b": false}}'


def test_where_no_tag_fits_the_file_is_withheld() -> None:
    with pytest.raises(UserError, match="no place for a tag"):
        redact.redact("[[], 4, 5]", custom(r"\[\]", "], 4"), STRICT)


def test_findings_that_overlap_become_one_tag_of_the_first() -> None:
    contents = [
        {"id": f"user-{at}", "type": f"secret:user_{at}", "pattern": pattern, "anchors": ["bcd"], "bounded": False}
        for at, pattern in enumerate(["abcd", "bcdef", "cd", "ghi"])
    ]
    made = redact.redact("-abcdefghi-", scanner.Scanner(engine.compiled(rule.of_content(contents))), STRICT)
    assert made == f"-{tag('secret:user_0', 'abcd')}{tag('secret:user_3', 'ghi')}-"


def test_a_tag_is_never_found() -> None:
    made = [tag(kind, "x") for kind in ("email", "credit_card", "secret:password", "secret:user_1")]
    text = "\n".join(
        f'password: {one}\ntoken="{one}"\nAPI_KEY={one} curl -u me:{one} x\n{{"secret": "{one}"}}' for one in made
    )
    assert redacted(text) == text
    text = f"see {tag('secret:user', 'x')} and {tag('secret:user', 'y')}"
    assert redact.redact(text, custom(r"secret:\w+", "secret"), STRICT) == text
    assert redact.redact("a secret:x b", custom(r"secret:\w+", "secret"), STRICT).startswith("a [REDACTED:secret:user:")


def test_what_cannot_be_redacted_is_an_error_without_the_value() -> None:
    with pytest.raises(UserError, match="rounds of redaction; withhold the file") as raised:
        redact.redact("q, " * 8, custom("q(?=[^q]*\\Z)", "q, "), STRICT)
    assert "q," not in str(raised.value)


PLANTED: list[Callable[[random.Random], str]] = [
    lambda chance: f"{expand('<<lower:8>>', str(chance.random()))}@brightwater.io",
    lambda chance: expand("<<card:4539:16>>", str(chance.random())),
    lambda chance: expand("ghp_<<alnum:36>>", str(chance.random())),
    lambda chance: expand("<<iban:DE>>", str(chance.random())),
    lambda chance: f"{chance.randint(100, 665)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}",
    lambda chance: expand("-----BEGIN PRIVATE KEY-----\n<<pem:5>>\n-----END PRIVATE KEY-----", str(chance.random())),
]
FILLING = [
    '"',
    "\\",
    "\n",
    "\t",
    "é",
    "😀",
    "a b",
    "{}",
    "[1, 2]",
    ": ",
    ",",
    "\u2028",
    "C:\\Users\\x",
    "\\n",
    "<b>",
    "",
]


class Document:
    """A made-up JSON document, and the values in it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.values: list[str] = []
        self.content = {f"root{at}": self.node(3) for at in range(3)}

    def node(self, depth: int) -> Any:
        kind = self.chance.randrange(6 if depth else 3)
        if kind == 0:
            return self.chance.choice([None, True, False, 0, -1.5e3, 1700000000])
        if kind == 1:
            return self.card()
        if kind == 2:
            return self.text()
        if kind == 3:
            return [self.node(depth - 1) for _ in range(self.chance.randrange(4))]
        if kind == 4:
            return json.dumps(self.node(depth - 1), indent=self.chance.choice([None, 2]))
        return {f"{at}{self.text()}": self.node(depth - 1) for at in range(self.chance.randrange(1, 4))}

    def card(self) -> int:
        self.values.append(PLANTED[1](self.chance))
        return int(self.values[-1])

    def text(self) -> str:
        value = self.chance.choice(PLANTED)(self.chance)
        self.values.append(value)
        filling = self.chance.choices(FILLING, k=4)
        return f"{filling[0]}{filling[1]} {value} {filling[2]}{filling[3]}"


def pieces(document: Document) -> Iterator[str]:
    """What must not be left of the values: lines of keys, and whole values of all other types."""
    for value in document.values:
        yield from value.split("\n")[1:-1] if "\n" in value else [value]


@pytest.mark.parametrize("seed", range(60))
def test_made_up_documents_lose_their_values_and_stay_json(seed: int) -> None:
    document = Document(seed)
    ascii_only, indent = bool(seed % 2), [None, 0, 1, 4][seed % 4]
    made = redacted(json.dumps(document.content, indent=indent, ensure_ascii=ascii_only))
    content = json.loads(made)
    assert list(content) == list(document.content)
    assert [piece for piece in pieces(document) if piece in made] == []


@pytest.mark.parametrize("seed", range(100, 120))
def test_made_up_lines_lose_their_values_and_stay_json(seed: int) -> None:
    documents = [Document(seed * 50 + at) for at in range(8)]
    lines = [json.dumps(one.content, ensure_ascii=bool(at % 2)) for at, one in enumerate(documents)]
    made = redacted("\n".join([*lines[:4], "", "{torn", *lines[4:], ""]))
    kept = [line for line in made.split("\n") if line not in ("", "{torn")]
    assert [list(json.loads(line)) for line in kept] == [list(one.content) for one in documents]
    assert [piece for one in documents for piece in pieces(one) if piece in made] == []


UNITS = [
    f'"{MAIL}", ',
    f"{MAIL}\n",
    f'{{"a": {CARD}}}\n',
    "\\" * 50,
    f"\\n{MAIL}\\u00e9",
    f'\\"n\\": {CARD}, ',
    "[",
    '"',
]


@pytest.mark.parametrize("unit", UNITS, ids=repr)
@pytest.mark.parametrize("frame", ["%s", "[%s1]", '{"a": "%s"}', f"{MAIL} %s"])
def test_hostile_text_takes_no_more_than_linear_time(unit: str, frame: str) -> None:
    small, large = (cost(frame % (unit * (size // len(unit)))) for size in (20_000, 160_000))
    assert large < 30 * max(small, 0.01)


def cost(text: str) -> float:
    """CPU seconds that the redaction of `text` takes."""
    begin = time.process_time()
    redact.redact(text, scanner.default(), STRICT)
    return time.process_time() - begin
