"""A user's own rules, from a file of gitleaks."""

from __future__ import annotations

import io
import json
import os
import re
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from session_sync.errors import UsageError
from session_sync.scan.scanner import engine, scanner
from session_sync.scan.scanner import stream as scan_stream
from session_sync.scan.scanner.candidate import CONTEXT
from session_sync.scan.scanner.gitleaks import config as gitleaks
from session_sync.scan.scanner.rule import BEFORE, REACH, Rule
from session_sync.scan.scanner.stream import OVERLAP
from support.templates import expand

PREFIX = (
    r"(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'\"]{0,3}"
    r"(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'\"\s=]{0,5}([a-z0-9]{16})(?:[\x60'\"\s;]|\\[nr]|$)"
)
# rules of gitleaks' own that are hard on a judge of their time
GENERIC = (
    r"(?i)[\w.-]{0,50}?(?:access|auth|(?-i:[Aa]pi|API)|credential|creds|key|passw(?:or)?d|secret|token)"
    r"(?:[ \t\w.-]{0,20})[\s'\"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'\"\s=]{0,5}"
    r"([\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[\x60'\"\s;]|\\[nr]|$)"
)
PRIVATE_KEY = r"(?i)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----[\s\S-]{64,}?KEY(?: BLOCK)?-----"
TWICE = (
    r"[\w.-]{0,50}?(?i:[\w.-]{0,50}?(?:(?-i:[Mm]eraki|MERAKI))(?:[ \t\w.-]{0,20})[\s'\"]{0,3})"
    r"(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'\"\s=]{0,5}([0-9a-f]{40})(?:[\x60'\"\s;]|\\[nr]|$)"
)
TOKEN = "q7w2e9r4t6y1u8i3"


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, name: str = "gitleaks.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def toml(pattern: str, more: str = 'keywords = ["acme"]', name: str = "acme-key") -> str:
    return f"[[rules]]\nid = {json.dumps(name)}\nregex = {json.dumps(pattern)}\n{more}\n"


@pytest.fixture
def one(write):
    def one(pattern: str, more: str = 'keywords = ["acme"]') -> Rule:
        (rule,) = gitleaks.load(write(toml(pattern, more)))
        return rule

    return one


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        gitleaks.load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert ";" in message  # what to do
    return message


# what a rule becomes


def test_a_rule_of_gitleaks_finds_what_it_finds_there(one) -> None:
    rule = one(PREFIX, 'keywords = ["acme", "x.y"]\nentropy = 3.5\ndescription = "d"\ntags = ["t"]\nunknown = 1')
    assert (rule.id, rule.type) == ("user-acme-key", "secret:acme_key")
    assert (rule.anchors, rule.ignore_case, rule.bounded) == (("acme", r"x\.y"), True, False)
    assert (rule.entropy, rule.secret_group, rule.validator) == (3.5, 1, "")
    match = rule.regex.search(f'ACME_token = "{TOKEN}"\n')
    assert match
    assert match[1] == TOKEN
    assert rule.regex.search("acme: too-short") is None


def test_the_engine_finds_its_anchors(one) -> None:
    rule = one(PREFIX, 'keywords = ["%ASSIGN%", "Acme"]')
    assert engine.compiled([rule]).hits(b"%assign% x ACME") == {0: [(8, 8), (15, 15)]}
    assert "%ASSIGN%" not in rule.anchors[0]  # means something in rules/*.yaml


def test_a_rule_becomes_json(one) -> None:
    rule = one("acme", 'keywords = ["acme"]\n[[rules.allowlists]]\nstopwords = ["x"]')
    assert json.loads(json.dumps(asdict(rule)))["allowlists"][0]["stopwords"] == ["x"]


@pytest.mark.parametrize(
    ("name", "kebab"), [("acme_Key.v2", "user-acme-key-v2"), ("--a--b", "user-a-b"), ("AWS", "user-aws")]
)
def test_an_id_becomes_one_of_ours(write, name: str, kebab: str) -> None:
    (rule,) = gitleaks.load(write(toml("acme", name=name)))
    assert rule.id == kebab
    assert rule.type == "secret:" + kebab.removeprefix("user-").replace("-", "_")


def test_a_file_without_rules_has_none(write) -> None:
    assert gitleaks.load(write('title = "nothing"')) == []


def test_keys_may_be_written_in_any_case(write) -> None:
    (rule,) = gitleaks.load(write('[[Rules]]\nID = "a"\nRegex = "(acme)(x)"\nKeywords = ["acme"]\nsecretgroup = 2'))
    assert rule.secret_group == 2


def test_the_rules_keep_their_order(write) -> None:
    rules = gitleaks.load(write(toml("acme", name="z") + toml("acme", name="a")))
    assert [rule.id for rule in rules] == ["user-z", "user-a"]


def test_the_reach_has_room_for_the_longest_match(one) -> None:
    assert one("acme[a-z]{1000}").reach == REACH + 1004
    assert one("acme(?s:.)*end.*x[a-z]*").reach == REACH + 3008
    assert one("acme(?:[a-z]+-)*x").reach + BEFORE + CONTEXT == OVERLAP


def test_a_match_that_could_never_be_seen_whole_is_refused(write) -> None:
    assert "41,004 characters" in refused(write(toml("acme(?:[0-9a-f]{40}x){1000}")))


def test_the_longest_match_is_found_across_chunks(write, monkeypatch) -> None:
    monkeypatch.setattr(scan_stream, "CHUNK", 40_000)
    rules = gitleaks.load(write(toml("acme(?:[0-9a-f]{31}x){1000}", 'keywords = ["acme"]')))
    made = scanner.Scanner(engine.compiled(rules))
    whole = expand("acme" + "<<hex:31>>x" * 1000, "long")
    for before in range(1_000, 80_000, 6_500):
        found = list(scan_stream.scan(io.BytesIO(b" " * before + whole.encode() + b" " * 50_000), made))
        assert [one.finding.start for one in found] == [before]


@pytest.mark.parametrize(
    ("pattern", "more", "group"),
    [
        ("acme[a-z]+", "", 0),
        ("acme([a-z]+)", "", 1),
        ("(acme)([a-z]+)", "", 1),
        ("(acme)([a-z]+)", "secretGroup = 2", 2),
        ("(?P<value>acme)(?P<secret>[a-z]+)", "secretGroup = 2", 2),
        ("acme(?:=(x+)|:(y+))", "", 0),  # either may be empty: the whole match
        ("acme(?:=(x+)|:(y+))", "secretGroup = 2", 0),
        ("acme([a-z]*)", "", 0),
        ("acme(?:-([a-z]+))?", "", 0),
        ("acme(?:-([a-z]+)){2}", "", 1),
    ],
)
def test_the_group_always_holds_the_secret(one, pattern: str, more: str, group: int) -> None:
    rule = one(pattern, f'keywords = ["acme"]\n{more}')
    assert rule.secret_group == group
    assert not rule.regex.groupindex  # a name could mean something to the scanner


def test_a_group_that_is_not_there_is_refused(write) -> None:
    assert "secretGroup is 2, but the regex has 1 group; " in refused(
        write(toml("(acme)", 'keywords = ["acme"]\nsecretGroup = 2'))
    )


# regular expressions: (Go's, what it finds, what it does not)

SAME = [
    (r"(?i)acme", ["ACME", "acme"], ["acm"]),
    (r"ac(?i)me", ["acME"], ["ACME", "Acme"]),
    (r"x(?i)a|b", ["xA", "B", "b"], ["XA"]),
    (r"(?:x(?i)a|b)c", ["xAc", "Bc"], ["XAc", "bC"]),
    (r"(a(?i)b)c", ["aBc"], ["aBC", "ABc"]),
    (r"(?i)a(?-i)b", ["Ab", "ab"], ["aB"]),
    (r"(?i)a(?-i:b)c", ["AbC"], ["aBc"]),
    (r"(?i:a(?-i)b)C", ["AbC"], ["aBC", "abc"]),
    (r"(?i)(?i)a", ["A"], []),
    (r"a.c", ["abc"], ["a\nc"]),
    (r"(?s)a.c", ["a\nc"], []),
    (r"(?s:a.)b.c", ["a\nbxc"], ["a\nb\nc"]),
    (r"(?is)A.c", ["a\nC"], []),
    (r"^a$", ["a"], ["a\n", "\na", "b\na\nb"]),
    (r"(?m)^a$", ["a", "b\na\nb", "a\n"], ["ab"]),
    (r"(?m:^)a(?-m)$", ["b\na"], ["b\na\n"]),
    (r"a\z", ["a"], ["a\n"]),
    (r"\Aa", ["ab"], ["ba"]),
    (r"[[:alnum:]]", ["a", "7", "Z"], ["-", ":", "ä"]),
    (r"[[:upper:][:digit:]_-]x", ["Ax", "3x", "_x", "-x"], ["ax", ":x", "[x"]),
    (r"[^[:space:]]x", ["ax"], [" x", "\tx"]),
    (r"[[:^digit:]]x", ["ax", "äx"], ["1x"]),
    (r"[[:punct:]]", list("!/:@[`{~\\-]^%"), ["a", "1", " "]),
    (r"[[:word:]][[:xdigit:]]", ["_f"], ["-f", "_g"]),
    (r"[[:blank:][:cntrl:]]", ["\t", " ", "\x00"], ["a"]),
    (r"[[:graph:]]{2}[[:print:]]", ["ab "], ["a b"]),
    (r"\Qa.b*\Ec", ["a.b*c"], ["axbc", "aab*c"]),
    (r"\Q(?i)[", ["(?i)["], ["x"]),
    (r"\x{41}\x{1F600}\x41", ["A\U0001f600A"], ["x"]),
    (r"[\x{41}-\x{43}]", ["B"], ["D", "{"]),
    (r"\x60\x25", ["`%"], ["x"]),
    (r"\101\012", ["A\n"], ["x"]),
    (r"%ASSIGN%[%]", ["%ASSIGN%%"], ["=%"]),  # means something in rules/*.yaml
    (r"(?P<n>a)(?<m>b)", ["ab"], ["a"]),
    (r"\w\d\s", ["a1 "], ["ä1 ", "a\u0661 ", "a1\u00a0"]),
    (r"[^\w]x[\W\d]", [" x1", "äx-"], ["ax1", " xa"]),
    (r"\bäb", [], ["äb"]),  # Go's \b knows ASCII only
    (r"a\b.", ["aä"], ["ab"]),
    (r"[]a]x", ["]x", "ax"], ["x"]),
    (r"[^]a]x", ["bx"], ["]x"]),
    (r"[a\]b-]x", ["]x", "-x"], ["cx"]),
    (r"[\w-.]x", ["-x", ".x"], ["+x"]),
    (r"[[&&~~||]x", ["[x", "&x", "~x", "|x"], ["bx"]),
    (r"[*+?(){}.|^$]x", ["*x", "(x", "}x", "$x"], ["ax"]),
    (r"[(?i)]x", ["ix", "?x"], ["Ix"]),
    (r"a{,2}", ["a{,2}"], ["aa"]),
    (r"{{a}}", ["{{a}}"], ["a"]),
    (r"a{x}", ["a{x}"], ["a"]),
    (r"a #b", ["a #b"], ["a"]),
    (r"\_\-\/\"\#\ ", ['_-/"# '], []),
    (r"^a+?b*?c??d{2,}?$", ["aaddd", "abcdd"], ["ad"]),
    (r"^a{2}$", ["aa"], ["a", "aaa"]),
    ("a\nb", ["a\nb"], ["ab"]),
    (r"(?:)|acme", [""], []),
    (r"(?i)[a-z]+-[^a-z]", ["AB-1"], ["AB-C"]),
    (r"ключ=\w", ["ключ=a"], ["a"]),
]


@pytest.mark.parametrize(("pattern", "matching", "other"), SAME, ids=[one[0] for one in SAME])
@pytest.mark.filterwarnings("error")
def test_a_regex_means_what_it_means_to_go(one, pattern: str, matching: list[str], other: list[str]) -> None:
    regex = one(pattern).regex
    assert [text for text in matching if not regex.search(text)] == []
    assert [text for text in other if regex.search(text)] == []


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        (r"(?U)a+", "(?U)"),
        (r"(?x) a", "(?x)"),
        (r"a(?)", "(?)"),
        (r"\pL", r"\p"),
        (r"[\p{Greek}]", r"\p"),
        (r"\PN", r"\P"),
        (r"a(?=b)", "(?="),
        (r"(?<!b)a", "(?<"),
        (r"(?>a)", "(?>"),
        (r"(?P=n)", "(?P"),
        (r"(?#c)", "(?#"),
        (r"(a)\1", r"\\1"),
        (r"a\Z", r"\\Z"),
        (r"\C", r"\\C"),
        (r"\x{110000}", "no character"),
        (r"\xZ", r"\\x"),
        (r"[a-\d]", r"\d"),
        (r"[z-a]", "range"),
        (r"[\b]", r"\\b"),
        (r"[\Qa\E]", r"\\Q"),
        (r"[[:foo:]]", "[:foo:]"),
        (r"[a", "["),
        ("[", "["),
        ("[^", "["),
        (r"(a", "("),
        (r"a)", ")"),
        ("a\\", "\\"),
        ("[\\", "\\"),
        (r"*a", "repeat"),
        (r"a**", "repeat"),
        (r"a++", "repeat"),
        (r"a*+", "repeat"),
        (r"a{2}{3}", "repeat"),
        (r"a{1001}", "1000"),
        (r"a{3,2}", "min repeat"),
        (r"a{" + "9" * 5000 + "}", "regex"),
        ("(" * 2000 + "a" + ")" * 2000, "groups"),
        ("(?i:" * 90 + "a", "("),
    ],
)
def test_a_regex_that_cannot_be_honoured_is_refused(write, pattern: str, word: str) -> None:
    path = write(toml(pattern))
    message = refused(path)
    assert message.startswith(f"{path}, rule 'acme-key': `regex` ")
    assert word in message


# time


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            r"(a+)+",
            r"(a*)*",
            r"(?:a+)*b",
            r"((a+)b?)+c",
            r"(?:a|a)*b",
            r"(?:a|b|ab)*c",
            r"(?:ab|.)*x",
            r"(\s*\w+\s*)*=",
        ),
        *(r"(a?){30}a{30}", r"(a{1,9}){1,9}b", r".*.*.*x", r"[a-z]*\w*[a-m]*[a-z]=", r"(?i)(?:ax|A.)*1", r"(|a)*b"),
        *(r"(?:x[^y]*)*z", r"(?:(?:a|b)+c?)*d", r"a*a*a*a*b", r"(?:x*[xy])*z"),
    ],
)
def test_a_regex_that_could_hang_is_refused(write, pattern: str) -> None:
    assert "too many ways" in refused(write(toml(pattern)))


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(?:[a-z0-9]+-)*x", r"(?:[\w-]+\.)+com", r"(?:[0-9]{3})+", r"(?:[0-9a-f]{2}:){5,}", r"(?:\s*,\s*\d+)*;"),
        *(
            r"(?:a|ab)*c",
            r"(?i)secret.*=.*['\"](\w+)",
            r"(?:[^\\\"]|\\[nrt])*x",
            r"(?:[A-Z][a-z]+)+1",
            r"[^\"]*\"[^\"]*\"",
        ),
    ],
)
def test_a_regex_that_cannot_hang_is_taken(one, pattern: str) -> None:
    assert one(pattern)


@pytest.mark.parametrize(
    "text",
    ["a" * 2400, "=" * 2400, "secret='" * 300, "a-" * 1200, "\n" * 2400, "aA1 ." * 480, "key = " * 400, "meraki" * 400],
)
@pytest.mark.parametrize(
    "pattern",
    [
        PREFIX,
        GENERIC,
        PRIVATE_KEY,
        TWICE,
        r"(?i)secret.*=.*['\"](\w+)!",
        r"(?:[a-z0-9]+-)*x",
        r"(?:[\w-]+\.)+com",
        r"(?s)a.*b.*c",
        r"\s*\w*\s*;",
    ],
)
def test_what_is_taken_is_fast_enough_on_text_made_to_hang_it(one, pattern: str, text: str) -> None:
    regex = one(pattern).regex
    start = time.process_time()
    list(regex.finditer(text))
    assert time.process_time() - start < 20  # seconds, on a slow machine


def test_a_repetition_ends(one) -> None:
    for pattern in ("acmex*", "acmex+", "acmex{2,}"):
        match = one(pattern).regex.search("acme" + "x" * 5000)
        assert match
        assert len(match[0]) == 1004


def test_a_large_regex_is_read_in_time(one) -> None:
    start = time.process_time()
    one("acme" + "|".join(f"w{number}[a-z]?" for number in range(5000)))
    assert time.process_time() - start < 20  # seconds, on a slow machine


# anchors


@pytest.mark.parametrize(
    ("pattern", "anchors"),
    [
        (r"\b(tok_[a-z0-9]{20})\b", ("tok_",)),
        (r"(?i)ab[cd]token([0-9]+)x", ("token",)),
        (r"key(?:-a)?.{4}longer", ("longer",)),
        (r"(?:alpha|beta|gamma)_[0-9]+", ("alpha", "beta", "gamma")),
        (r"(?:alpha|[0-9])key", ("key",)),
        (r"(?:token=)+[0-9]", ("token",)),  # JSON may write the = otherwise
        (r'"acme\.key"', (r"acme\.key",)),
        (r"\Qa.b.c\E\d", (r"a\.b\.c",)),
    ],
)
def test_without_keywords_a_rule_is_anchored_by_what_each_match_contains(one, pattern: str, anchors: object) -> None:
    assert one(pattern, "").anchors == anchors


@pytest.mark.parametrize("pattern", [r"[a-z]{20}", r"ab\d{9}", r"(?:acme)?\d{9}", r"(?:acme|\d)x", r"(?:acme)*\d", ""])
def test_without_anything_to_search_for_keywords_are_asked_for(write, pattern: str) -> None:
    message = refused(write(toml(pattern, "")))
    assert ("give it keywords" if pattern else "has no regex") in message
    assert "rule 'acme-key'" in message


@pytest.mark.parametrize(
    ("keyword", "anchor"), [("AcMe", "AcMe"), ('"api_key"', "api_key"), ("x=", "x="), ("a b", r"a\ b"), ("q~", r"q\~")]
)
def test_a_keyword_is_searched_as_a_log_holds_it(one, keyword: str, anchor: str) -> None:
    assert one("acme", f"keywords = [{json.dumps(keyword)}]").anchors == (anchor,)


@pytest.mark.parametrize("keyword", ["", "x", "\\u0000y"])
def test_a_keyword_that_is_everywhere_is_refused(write, keyword: str) -> None:
    assert "longer" in refused(write(toml("acme", f'keywords = ["acme", "{keyword}"]')))


def test_all_keywords_are_expressions_of_the_engine(one) -> None:
    keywords = [re.sub("[a-z]", "", chr(code)) + "key" for code in range(32, 127)] + ["ключ", "\t\txy", "\x00yz"]
    rule = one("acme", f"keywords = {json.dumps(keywords)}")
    assert engine.compiled([rule]).hits("the ключ is ".encode())
    assert engine.compiled([rule]).hits(b"the #KEY is ")


# allowlists


def allowed(rule: Rule, text: str, path: str = "") -> list[bool]:
    match = rule.regex.search(text)
    assert match
    return [one.allows(match, match[rule.secret_group], path) for one in rule.allowlists]


OLD = "[rules.allowlist]\n"
NEW = "[[rules.allowlists]]\n"


@pytest.mark.parametrize("form", [OLD, NEW])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("regexes = ['''(?i)^S3CRET$''']", [True]),
        ("regexes = ['''acme''']", [False]),
        ("regexes = ['''acme''']\nregexTarget = 'match'", [True]),
        ("regexes = ['''^x acme''']\nregexTarget = 'line'", [True]),
        ("regexes = ['''acme''']\nregexTarget = 'secret'", [False]),
        ("stopwords = ['S3C', '']", [True]),
        ("paths = ['''\\.md$''']", [True]),
        ("paths = ['''\\.md$''']\nstopwords = ['zzz']", [True]),
        ("paths = ['''\\.md$''']\nstopwords = ['zzz']\ncondition = 'AND'", [False]),
        ("paths = ['''\\.md$''']\nstopwords = ['s3c']\ncondition = '&&'", [True]),
        ("paths = ['''\\.md$''']\nstopwords = ['zzz']\ncondition = 'or'", [True]),
        ("paths = ['''\\.md$''']\ncommits = ['0123']", [True]),
        ("paths = ['''\\.md$''']\ncommits = ['0123']\ncondition = 'AND'", []),
        ("commits = ['0123']", []),
        ("description = 'nothing'", []),
    ],
)
def test_an_allowlist_means_what_it_means_to_gitleaks(one, form: str, content: str, expected: list[bool]) -> None:
    rule = one("acme=([a-z0-9]+)", f'keywords = ["acme"]\n{form}{content}')
    assert allowed(rule, "a\nx acme=s3cret", "docs/a.md") == expected


def test_a_stopword_does_not_hide_a_long_random_value(one) -> None:
    rule = one("acme=([A-Za-z0-9]+)", f'keywords = ["acme"]\n{NEW}stopwords = ["hook"]')
    assert allowed(rule, "acme=Nil1Jiifoov6Oodieb6ahF5ihohboht3gehookGeeM6Yamiek2wol3cath7We7aa") == [False]


@pytest.mark.parametrize("form", ["[allowlist]\n", "[[allowlists]]\n"])
def test_a_global_allowlist_is_every_rules(write, form: str) -> None:
    path = write(
        f"{form}stopwords = ['dummy']\n" + toml("acme", name="a") + f"{OLD}paths = ['x']\n" + toml("b", name="b2")
    )
    path.write_text(path.read_text().replace('id = "b2"', 'id = "b2"'))
    first, second = gitleaks.load(path)
    assert [one.paths or one.stopwords for one in first.allowlists] == [("(?a)x",), ("dummy",)]
    assert [one.stopwords for one in second.allowlists] == [("dummy",)]


def test_a_global_allowlist_may_have_targets(write) -> None:
    path = write(
        "[[allowlists]]\ntargetRules = ['b']\nstopwords = ['dummy']\n" + toml("acme", name="a") + toml("b", name="b")
    )
    assert [len(rule.allowlists) for rule in gitleaks.load(path)] == [0, 1]
    path = write("[[allowlists]]\ntargetRules = ['c']\nstopwords = ['dummy']\n" + toml("acme", name="a"))
    assert "'c'" in refused(path)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("regexTarget = 'file'", "regexTarget"),
        ("condition = 'XOR'", "condition"),
        ("regexes = ['(']", "`regexes`"),
        ("regexes = ['(a+)+']", "too many ways"),
        ("paths = ['*.md']", "`paths`"),
        ("paths = 'x'", "`paths`"),
        ("stopwords = [1]", "`stopwords`"),
    ],
)
@pytest.mark.parametrize("form", [OLD, NEW, "[[allowlists]]\n"])
def test_a_wrong_allowlist_is_refused(write, form: str, content: str, word: str) -> None:
    message = refused(write(toml("acme") + form + content))
    assert word in message
    assert ("rule 'acme-key'" in message) == ("rules." in form)


# files that extend others


def test_a_file_may_extend_another_beside_it(write) -> None:
    write(
        toml("acme[0-9]+", 'keywords = ["base"]\nentropy = 3\n[[rules.allowlists]]\nstopwords=["base"]'),
        "sub/base.toml",
    )
    path = write('[extend]\npath = "sub/base.toml"\n' + toml("acme-own", name="own"))
    assert [rule.id for rule in gitleaks.load(path)] == ["user-own", "user-acme-key"]


def test_a_rule_that_both_have_is_one(write) -> None:
    base = toml("acme[0-9]+", 'keywords = ["base"]\nentropy = 3\n[[rules.allowlists]]\nstopwords=["base"]')
    write(base + "[[allowlists]]\npaths = ['x']", "base.toml")
    own = '[[rules]]\nid = "acme-key"\nentropy = 4.5\nkeywords = ["own"]\n[rules.allowlist]\nstopwords = ["own"]\n'
    (rule,) = gitleaks.load(write('[extend]\npath = "base.toml"\n' + own))
    assert (rule.entropy, rule.anchors) == (4.5, ("own", "base"))
    assert rule.regex.search("acme12")
    assert [one.stopwords or one.paths for one in rule.allowlists] == [("own",), ("base",), ("(?a)x",)]


def test_rules_of_the_other_may_be_disabled(write) -> None:
    write(toml("(a+)+", name="bad") + toml("acme", name="good"), "base.toml")
    extend = '[extend]\npath = "base.toml"\ndisabledRules = ["bad"]\n'
    path = write(extend + '[[allowlists]]\ntargetRules = ["bad"]\nstopwords = ["x"]')
    assert [(rule.id, rule.allowlists) for rule in gitleaks.load(path)] == [("user-good", ())]


def test_a_files_own_rule_stays_when_the_others_is_disabled(write) -> None:
    write(toml("base", 'keywords = ["base"]'), "base.toml")
    (rule,) = gitleaks.load(write('[extend]\npath = "base.toml"\ndisabledRules = ["acme-key"]\n' + toml("own")))
    assert rule.anchors == ("acme",)


def test_files_may_extend_two_deep(write) -> None:
    for number in range(3):
        write(f'[extend]\npath = "{number + 1}.toml"\n' + toml("acme", name=f"r{number}"), f"{number}.toml")
    write(toml("acme", name="r3"), "3.toml")
    assert "extends" in refused(write('[extend]\npath = "0.toml"'))
    ids = [rule.id for rule in gitleaks.load(write("", "x.toml").with_name("1.toml"))]
    assert ids == ["user-r1", "user-r2", "user-r3"]


def test_files_must_not_extend_themselves(write, tmp_path: Path) -> None:
    assert "extends" in refused(write('[extend]\npath = "gitleaks.toml"'))
    write('[extend]\npath = "a.toml"', "b.toml")
    assert "extends" in refused(write('[extend]\npath = "./b.toml"', "a.toml"))
    (tmp_path / "loop").symlink_to("loop")
    assert "is no file" in refused(write('[extend]\npath = "loop"'))


@pytest.mark.parametrize("other", ["none.toml", "/dev/zero", ".", "a\\u0000b", "x" * 5000])
def test_what_is_extended_must_be_a_file(write, other: str) -> None:
    refused(write(f'[extend]\npath = "{other}"'))


def test_the_rules_of_gitleaks_are_not_here(write) -> None:
    assert "write the rules you need into the file" in refused(write("[extend]\nuseDefault = true"))
    assert gitleaks.load(write("[extend]\nuseDefault = false")) == []


# what is wrong with a file


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("rules = 1", "`rules`"),
        ("rules = [1]", "`rules`"),
        ("[rules]\nid = 'x'", "`rules`"),
        ("[[rules]]\nregex = 'acme'", "id"),
        ("[[rules]]\nid = 7", "`id`"),
        ("[[rules]]\nid = '--'\nregex = 'acme'", "id"),
        ("[[rules]]\nid = 'x'", "regex"),
        ("[[rules]]\nid = 'x'\npath = 'acme'", "path alone"),
        ("[[rules]]\nid = 'x'\nregex = 1", "`regex`"),
        ("[[rules]]\nid = '''x\ny'''\nregex = 1", "x\\ny"),
        (toml("acme", "keywords = 'acme'"), "`keywords`"),
        (toml("acme", "keywords = [1]"), "`keywords`"),
        (toml("acme", "entropy = '3'"), "`entropy`"),
        (toml("acme", "entropy = true"), "`entropy`"),
        (toml("acme", "entropy = nan"), "`entropy`"),
        (toml("acme", "entropy = 1e9"), "`entropy`"),
        (toml("acme", "entropy = -1"), "`entropy`"),
        (toml("(acme)", "secretGroup = 1.0"), "`secretgroup`"),
        (toml("(acme)", "secretGroup = -1"), "`secretgroup`"),
        (toml("acme", "allowlist = 1"), "`allowlist`"),
        (toml("acme", "allowlists = 1"), "`allowlists`"),
        ("extend = 1", "`extend`"),
        ("[extend]\nuseDefault = 'yes'", "`usedefault`"),
        ("[extend]\npath = 1", "`path`"),
        ("[extend]\ndisabledRules = 'x'", "`disabledrules`"),
        (toml("acme", name="a") * 2, "two rules"),
        (toml("acme", name="a-b") + toml("acme", name="A_b"), "differs only"),
        ("[[rules", "no TOML"),
        ("x = " + "[" * 100_000, "no TOML"),
        ("x = " + "9" * 5000, "no TOML"),
    ],
)
def test_a_wrong_file_is_refused(write, content: str, word: str) -> None:
    path = write(content)
    message = refused(path)
    assert message.startswith(str(path))
    assert word in message


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", tmp_path / ("x" * 5000)):
        assert refused(path).startswith(str(tmp_path))
    path = tmp_path / "bytes"
    path.write_bytes(b"\xff\xfe")
    assert "no TOML" in refused(path)
    path.write_bytes(b"#" * (2**20 + 1))
    assert "bytes" in refused(path)
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe")


def test_a_file_that_cannot_be_read_is_refused(write, monkeypatch) -> None:
    path = write("")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "readable" in refused(path)


def test_a_byte_order_mark_and_windows_lines_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "gitleaks.toml"
    path.write_bytes(b"\xef\xbb\xbf" + toml("acme").replace("\n", "\r\n").encode())
    assert len(gitleaks.load(path)) == 1
