"""The rules that a file of gitleaks has."""

from __future__ import annotations

import io
import itertools
import json
import re
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from session_sync.scan.scanner import engine, own_rules, scanner, stream
from session_sync.scan.scanner.candidate import CONTEXT
from session_sync.scan.scanner.gitleaks import rules as gitleaks
from session_sync.scan.scanner.gitleaks.rules import Reading
from session_sync.scan.scanner.rule import BEFORE, OVERLAP, REACH, Rule
from session_sync.scan.scanner.scanner import Scanner
from support.templates import expand, labelled

PREFIX = (
    r"(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'\"]{0,3}"
    r"(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'\"\s=]{0,5}([a-z0-9]{16})(?:[\x60'\"\s;]|\\[nr]|$)"
)
TOKEN = "q7w2e9r4t6y1u8i3"
BY_PATH = "paths and commits, for which there is .piiignore"
# Such a file as a team has, with what makes Go's expressions different from Python's.
TEAM = r"""
title = "rules of a team"
minVersion = "v8.25.0"

[extend]
useDefault = true
disabledRules = ["square-token"]

[allowlist]
description = "for all"
paths = ['''(^|/)vendor/''']
stopwords = ["dummy"]

[[rules]]
id = "loom-deploy-key"
description = "a deploy key"
regex = '''\b(?:loom|weft)_(?-i:LIVE|live)_([[:alnum:]]{24})(?:[\x60'"\s;]|\\[nr]|\z)'''
entropy = 3
keywords = ["loom_", "weft_"]
tags = ["key"]

[[rules]]
id = "shuttle-password"
regex = '''(?i)shuttle[\w.-]{0,20}\s?(?:=|:|:=)[ \t]{0,5}(?:"(?P<double>[^"\n]{8,60})"|'(?P<single>[^'\n]{8,60})')'''
keywords = ["shuttle"]

  [[rules.allowlists]]
  regexTarget = "line"
  regexes = ['''(?i)\bhow-to\b''']

  [[rules.allowlists]]
  condition = "AND"
  paths = ['''\.md$''']
  regexes = ['''.''']

[[rules]]
id = "heddle-certificate"
regex = '''(?s)-----BEGIN HEDDLE-----.{20,}?-----END HEDDLE-----'''
keywords = ["-----begin heddle"]

[[rules]]
id = "treadle_pair"
regex = '''treadle-id:\s*(\w+)\s+treadle-code:\s*([0-9a-f]{20})'''
secretGroup = 2

[[rules]]
id = "keystore"
path = '''(?i)\.p12$'''

[[rules]]
id = "behind-a-word"
regex = '''(?<=reed=)[a-z]{8}'''
keywords = ["reed"]
"""


def toml(pattern: str, more: str = 'keywords = ["acme"]', name: str = "acme-key") -> str:
    return f"[[rules]]\nid = {json.dumps(name)}\nregex = {json.dumps(pattern)}\n{more}\n"


@pytest.fixture
def one(write):
    def one(pattern: str, more: str = 'keywords = ["acme"]') -> Rule:
        reading = gitleaks.load(write(toml(pattern, more)))
        assert set(reading.refused) <= {BY_PATH}
        (rule,) = reading.rules
        return rule

    return one


def refused(path: Path) -> str:
    """What of the file is not used, and why."""
    ((why, (what,)),) = gitleaks.load(path).refused.items()
    return f"{what}: {why}"


def scanning(rules: list[Rule]) -> Scanner:
    return Scanner(engine.compiled(rules))


def values(rules: list[Rule], text: str) -> list[str]:
    """What the rules find in the text."""
    return [text[found.start : found.end] for found in scanner.outer(scanning(rules).scan(text))]


# a whole file


def test_a_file_as_teams_have_it_is_used_but_for_what_is_named(write) -> None:
    text, labels = labelled(
        "key: loom_live_⟦loom_deploy_key|<<alnum:24>>⟧; not LOOM_live_<<alnum:24>>\n"
        '{"text": "export K=weft_LIVE_⟦loom_deploy_key|<<alnum:24>>⟧\\nnext"}\n'
        'shuttle.password = "⟦shuttle_password|s3nd <<alnum:12>>⟧"\n'
        "SHUTTLE: '⟦shuttle_password|r3ed <<alnum:12>>⟧' # how to\n"
        'shuttle = "p4ss-<<alnum:12>>" # a How-To\nshuttle = "my dummy word"\n'
        "⟦heddle_certificate|-----BEGIN HEDDLE-----\n<<base64:40>>\n-----END HEDDLE-----⟧\n"
        "treadle-id: ada\ttreadle-code: ⟦treadle_pair|<<hex:20>>⟧\nkeystore.p12 reed=<<lower:8>>\n",
        "team",
    )
    reading = gitleaks.load(write(TEAM))
    found = scanner.outer(scanning(reading.rules).scan(text))
    assert [(one.type, one.start, one.end) for one in found] == [(f"secret:{kind}", *place) for kind, *place in labels]
    assert list(reading.refused.values()) == [
        *(["useDefault"], ["for all rules", "shuttle-password"], ["keystore"], ["behind-a-word"])
    ]


def test_the_kept_engine_finds_the_same(write) -> None:
    path = write(TEAM)
    text = expand("loom_live_<<alnum:24>> treadle-id: ada treadle-code: <<hex:20>>", "kept")
    made, kept = (Scanner(engine.load(path, wanted=lambda rule: rule.go)) for _ in range(2))
    assert made.engine.rules == kept.engine.rules
    assert [one.rule for one in made.scan(text)] == ["user-loom-deploy-key", "user-treadle-pair"]
    assert made.scan(text) == kept.scan(text)


# what a rule becomes


def test_a_rule_of_gitleaks_finds_what_it_finds_there(one) -> None:
    rule = one(PREFIX, 'keywords = ["acme", "x.y"]\nentropy = 3.5\ndescription = "d"\ntags = ["t"]\nunknown = 1')
    assert (rule.id, rule.type) == ("user-acme-key", "secret:acme_key")
    assert [anchor.partition("(?=")[0] for anchor in rule.anchors] == ["acme", r"x\.y"]
    assert (rule.ignore_case, rule.bounded, rule.go, rule.secret_group, rule.validator) == (True, False, True, 0, "")
    assert rule.entropy == pytest.approx(3.5)
    assert values([rule], f'ACME_token = "{TOKEN}"\n acme: too-short') == [TOKEN]
    assert values([rule], json.dumps({"log": f'ACME_token = "{TOKEN}"\n'})) == [TOKEN]


def test_the_engine_finds_its_anchors(one) -> None:
    rule = one("acme", 'keywords = ["%ASSIGN%", "Acme"]')
    assert engine.compiled([rule]).hits(b"%assign% x ACME") == {0: [(8, 8), (15, 15)]}


def test_a_rule_survives_json(one) -> None:
    rule = one("acme", 'keywords = ["acme"]\n[[rules.allowlists]]\nstopwords = ["x"]')
    assert json.loads(json.dumps(asdict(rule)))["allowlists"][0]["stopwords"] == ["x"]


@pytest.mark.parametrize(
    ("name", "kebab"), [("acme_Key.v2", "user-acme-key-v2"), ("--a--b", "user-a-b"), ("AWS", "user-aws")]
)
def test_an_id_becomes_one_of_ours(write, name: str, kebab: str) -> None:
    (rule,) = gitleaks.load(write(toml("acme", name=name))).rules
    assert rule.id == kebab
    assert rule.type == "secret:" + kebab.removeprefix("user-").replace("-", "_")


def test_a_file_without_rules_has_none(write) -> None:
    assert gitleaks.load(write('title = "nothing"')) == Reading()


def test_the_rules_keep_their_order(write) -> None:
    rules = gitleaks.load(write(toml("acme", name="z") + toml("acme", name="a"))).rules
    assert [rule.id for rule in rules] == ["user-z", "user-a"]


def test_one_that_only_helps_others_finds_nothing_itself(write) -> None:
    reading = gitleaks.load(write(toml("acme", "skipReport = true") + toml("b", name="b")))
    assert ([rule.id for rule in reading.rules], reading.refused) == (["user-b"], {})


def test_the_entropy_must_be_exceeded(one) -> None:
    rule = one("acme-[a-z]+", 'keywords = ["acme"]\nentropy = 2')
    assert values([rule], "acme-") == values([one("abcd", 'keywords = ["abcd"]\nentropy = 2')], "abcd") == []
    assert values([rule], "acme-loom") == ["acme-loom"]


@pytest.mark.parametrize(
    ("pattern", "more", "value"),
    [
        ("acme[a-z]+", "", "acmexyz"),
        ("acme([a-z]+)", "", "xyz"),
        ("(ac)(me)", "", "ac"),
        ("(ac)(me)", "secretGroup = 2", "me"),
        ("(?P<value>ac)(?P<secret>[a-z]+)", "secretGroup = 2", "mexyz"),
        ("acme(?:=(x+)|(y*)xy(z+))", "", "z"),  # the first that is not empty
        ("acme(?:=(x+)|x(yz))", "secretGroup = 1", "acmexyz"),  # the whole match hides no less
        ("acme([0-9]*)", "", "acme"),
        (r"(?s)acme.*", "", "acmexyz"),  # without line ends around it
        ("acme([a-z]+)", "secretGroup = 2", "xyz"),  # where there is none
    ],
)
def test_a_value_is_that_of_gitleaks(one, pattern: str, more: str, value: str) -> None:
    rule, text = one(pattern, f'keywords = ["acme"]\n{more}'), "so acmexyz\n\n"
    assert [text[slice(*rule.place(match))] for match in rule.matches(text, 0)] == [value]


# where it is searched


def test_the_reach_has_room_for_the_longest_match(one) -> None:
    assert REACH + 1004 <= one("acme[a-z]{1000}").reach < REACH + 1100
    assert REACH + 4096 < one("acme(?s:.)*end").reach < REACH + 4200
    assert one("^" + "acme" * 9000).reach + BEFORE + CONTEXT == OVERLAP


def test_the_longest_match_is_found_across_chunks(one, monkeypatch) -> None:
    monkeypatch.setattr(stream, "CHUNK", 40_000)
    made = scanning([one("acme" + "[a-z]{1000}-" * 7)])
    whole = expand("acme" + "<<letters:1000>>-" * 7, "long").lower()
    for before in range(1_000, 80_000, 6_500):
        found = list(stream.scan(io.BytesIO(b" " * before + whole.encode() + b" " * 50_000), made))
        assert [one.finding.start for one in found] == [before]


@pytest.mark.parametrize("more", ["", 'keywords = ["acme", "x="]', 'keywords = [""]', "keywords = []"])
def test_without_a_keyword_that_is_rare_everything_is_searched(one, more: str) -> None:
    rule = one("k[0-9]{9}", more)
    places = [0, 7_000, 16_378, 32_768, 50_000, 99_990]
    text = bytearray(b"-" * 100_000)
    for place in places:
        text[place : place + 10] = b"k123454321"
    assert [found.start for found in scanning([rule]).scan(text.decode())] == places


def test_all_keywords_are_expressions_of_the_engine(one) -> None:
    keywords = [re.sub("[a-z]", "", chr(code)) + "key" for code in range(32, 127)] + ["ключ", "\t\txy", "\x00yz"]
    made = engine.compiled([one("acme", f"keywords = {json.dumps(keywords)}")])
    assert made.hits("the ключ is ".encode())
    assert made.hits(b"the #KEY is ")


# hostile files


@pytest.mark.parametrize(
    "pattern",
    [
        r"(acme)\1",
        r"acme(?=x)",
        r"(?<!x)acme",
        "(?>acme)",
        "acme++",
        "(acme",
        r"\p{L}{900}",
        "(?:a{99}){99}",
        "(a" * 9999,
    ],
)
def test_what_cannot_be_searched_in_linear_time_is_named_and_the_rest_used(write, pattern: str) -> None:
    reading = gitleaks.load(write(toml("acme[0-9]{3}", name="good") + toml(pattern, name="bad") + toml("b", name="c")))
    assert [rule.id for rule in reading.rules] == ["user-good", "user-c"]
    assert list(reading.refused.values()) == [["bad"]]
    assert values(reading.rules[:1], "acme123") == ["acme123"]


@pytest.mark.parametrize("more", ["", 'keywords = ["aaa"]'])
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a"),
        ("(?:a|a)*b", "a"),
        (r"(?s)a.*a.*a.*b", "a"),
        ("(?s)a{40}.*b|a{40}", "a"),  # each match costs a look at all that follows
        ("(?:a|b)*aaa(?:a|b){300}c", "aaabab"),  # more states than can be remembered
        ("a{0,500}a{500}b", "a"),
    ],
)
def test_the_time_grows_with_the_text_and_no_faster(one, monkeypatch, pattern: str, text: str, more: str) -> None:
    monkeypatch.setattr("session_sync.scan.scanner.scanner._SECONDS", 600.0)  # of the clock: the machine may be busy

    def seconds(size: int) -> float:
        start = time.process_time()
        made.scan((text * size)[:size])
        return time.process_time() - start

    made = scanning([one(pattern, more)])
    small = min(seconds(50_000) for _ in range(2))  # more than one region, which alone may cost the square of its size
    large = min(seconds(200_000) for _ in range(2))
    assert large < 11 * small + 0.03  # 4 times as long; 16 times if it grew with the square


@pytest.mark.parametrize("pattern", [r"\\p{L}{900}", ".{990}"])
def test_a_file_that_would_take_long_to_read_is_read_in_part(write, monkeypatch, pattern: str) -> None:
    monkeypatch.setattr(gitleaks, "MOST", 40_000)
    rules = [f'[[rules]]\nid = "a{number}"\nregex = "{pattern}x{number}"' for number in range(9)]
    reading = gitleaks.load(write("\n".join(rules)))
    assert reading.refused["too many or too large expressions before"][-3:] == ["a6", "a7", "a8"]
    assert len(reading.rules) + sum(map(len, reading.refused.values())) == 9


def test_rules_that_take_too_long_are_left_out_and_the_scan_goes_on(one, monkeypatch, capsys) -> None:
    own = one("acme", 'keywords = ["acme"]\n[rules.allowlist]\nregexes = ["x"]')
    ours = Rule(id="ours", type="secret:ours", anchors=("marked",), pattern="marked", scattered=True)
    made = scanning([own, ours])
    own_rules.tell_of_slow_ones.cache_clear()  # it is told once in a process
    monkeypatch.setattr(time, "monotonic", itertools.count(step=0.2).__next__)  # time passes at each look
    found = made.scan("acme " * 40 + " marked" * 20)
    assert 0 < sum(one.rule == own.id for one in found) < 40
    assert sum(one.rule == "ours" for one in found) == 20
    assert capsys.readouterr().err.count("take too long") == 1


# allowlists


def allowed(rule: Rule, text: str) -> bool:
    (match,) = rule.matches(text, 0)
    start, end = rule.place(match)
    return any(one.allows(match, text[start:end]) for one in rule.allowlists)


OLD = "[rules.allowlist]\n"
NEW = "[[rules.allowlists]]\n"


@pytest.mark.parametrize("form", [OLD, NEW])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("regexes = ['''(?i)^S3CRET\\z''']", True),
        ("regexes = ['''acme''']", False),
        ("regexes = ['''acme''']\nregexTarget = 'match'", True),
        ("regexes = ['''^x acme''']\nregexTarget = 'line'", True),
        ("regexes = ['''acme''']\nregexTarget = 'secret'", False),
        ("stopwords = ['S3C', '']", True),
        ("stopwords = ['s3c']\nregexes = ['zzz']", True),
        ("stopwords = ['s3c']\nregexes = ['zzz']\ncondition = 'AND'", False),
        ("stopwords = ['s3c']\nregexes = ['cret']\ncondition = '&&'", True),
        ("stopwords = ['zzz']\nregexes = ['cret']\ncondition = 'or'", True),
        ("paths = ['''.*''']", False),  # .piiignore is the place for them
        ("paths = ['''.*''']\nstopwords = ['s3c']", True),
        ("paths = ['''.*''']\nstopwords = ['s3c']\ncondition = 'AND'", False),
        ("commits = ['0123']\nstopwords = ['s3c']\ncondition = 'AND'", False),
        ("commits = ['0123']", False),
        ("description = 'nothing'", False),
    ],
)
def test_an_allowlist_means_what_it_means_to_gitleaks(one, form: str, content: str, expected: bool) -> None:
    rule = one("acme=([a-z0-9]+)", f'keywords = ["acme"]\n{form}{content}')
    assert allowed(rule, "a\nx acme=s3cret") == expected


def test_a_stopword_does_not_hide_a_long_random_value(one) -> None:
    rule = one("acme=([A-Za-z0-9]+)", f'keywords = ["acme"]\n{NEW}stopwords = ["hook"]')
    assert not allowed(rule, "acme=Nil1Jiifoov6Oodieb6ahF5ihohboht3gehookGeeM6Yamiek2wol3cath7We7aa")


@pytest.mark.parametrize("form", ["[allowlist]\n", "[[allowlists]]\n"])
def test_a_global_allowlist_is_every_rules(write, form: str) -> None:
    content = f"{form}stopwords = ['dummy']\n" + toml("a", name="a") + f"{OLD}stopwords = ['x']\n" + toml("b", name="b")
    first, second = gitleaks.load(write(content)).rules
    assert [one.stopwords for one in first.allowlists] == [("x",), ("dummy",)]
    assert [one.stopwords for one in second.allowlists] == [("dummy",)]


def test_a_global_allowlist_may_have_targets(write) -> None:
    both = toml("acme", name="a") + toml("acme", name="b")
    path = write("[[allowlists]]\ntargetRules = ['b']\nstopwords = ['dummy']\n" + both)
    assert [len(rule.allowlists) for rule in gitleaks.load(path).rules] == [0, 1]
    path = write("[[allowlists]]\ntargetRules = ['c']\nstopwords = ['dummy']\n" + both)
    assert refused(path) == "c: allowlists for rules that are not in the file"


def test_global_allowlists_that_would_fill_the_memory_are_not_used(write) -> None:
    words = ", ".join(f'"word{number}"' for number in range(40_000))
    rules = "".join(toml("acme", name=f"a{number}") for number in range(100))
    reading = gitleaks.load(write(f"[[allowlists]]\nstopwords = [{words}]\n{rules}"))
    assert reading.refused == {"allowlists too large for so many rules": ["for all rules"]}
    assert {rule.allowlists for rule in reading.rules} == {()}
    assert len(reading.rules) == 100


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("stopwords = ['a']\nregexTarget = 'file'", "allowlists with an unknown condition or regexTarget"),
        ("stopwords = ['a']\ncondition = 'XOR'", "allowlists with an unknown condition or regexTarget"),
        ("regexes = ['(']", "expressions in allowlists: missing ): ("),
        (
            "stopwords = ['acme']\nregexes = ['(?=acme)']\ncondition = 'AND'",
            "expressions in allowlists: invalid perl operator: (?=",
        ),
        ("paths = 'x'", BY_PATH),
        ("files = ['x']", BY_PATH),
        ("paths = ['x']\nstopwords = ['acme']\ncondition = 'AND'", BY_PATH),
    ],
)
@pytest.mark.parametrize("form", [OLD, NEW, "[[allowlists]]\n"])
def test_a_wrong_allowlist_lets_nothing_pass(write, form: str, content: str, why: str) -> None:
    path = write(toml("acme") + form + content)
    assert refused(path) == f"{'acme-key' if 'rules.' in form else 'for all rules'}: {why}"
    (rule,) = gitleaks.load(path).rules
    assert not allowed(rule, "acme")


def test_an_expression_that_cannot_be_used_costs_no_other_of_an_allowlist(write) -> None:
    path = write(toml("acme") + f"{NEW}regexes = ['(', '^acme$']")
    assert refused(path) == "acme-key: expressions in allowlists: missing ): ("
    (rule,) = gitleaks.load(path).rules
    assert allowed(rule, "acme")


def test_a_filter_of_betterleaks_is_an_entropy_and_allowlists(write) -> None:
    general = 'filter.containsAny(finding["secret"], ["dummy"])'
    own = 'entropy(finding["secret"]) <= 2.5 || failsTokenEfficiency(finding["secret"])'
    reading = gitleaks.load(write(f"filter = '{general}'\n" + toml("acme=([a-z0-9]+)", f"filter = '{own}'")))
    (rule,) = reading.rules
    assert rule.entropy == pytest.approx(2.5)
    assert allowed(rule, "acme=dummy")
    assert not allowed(rule, "acme=other")
    assert reading.refused == {"parts of filters that are not known here": ["acme-key"]}


# files that extend others


def test_a_file_may_extend_another_beside_it(write) -> None:
    write(toml("acme[0-9]+"), "sub/base.toml")
    path = write('[extend]\npath = "sub/base.toml"\n' + toml("acme-own", name="own"))
    assert [rule.id for rule in gitleaks.load(path).rules] == ["user-own", "user-acme-key"]


def test_a_rule_that_both_have_is_one(write) -> None:
    base = toml("acme[0-9]+", 'keywords = ["base"]\nentropy = 3\n[[rules.allowlists]]\nstopwords=["base"]')
    write(base + "[[allowlists]]\nstopwords = ['x']", "base.toml")
    own = '[[rules]]\nid = "acme-key"\nentropy = 4.5\nkeywords = ["own"]\n[rules.allowlist]\nstopwords = ["own"]\n'
    (rule,) = gitleaks.load(write('[extend]\npath = "base.toml"\n' + own)).rules
    assert (rule.entropy, rule.anchors, rule.pattern) == (pytest.approx(4.5), ("own", "base"), "acme[0-9]+")
    assert [one.stopwords for one in rule.allowlists] == [("own",), ("base",), ("x",)]


def test_rules_of_the_other_may_be_disabled(write) -> None:
    write(toml("acme", name="bad") + toml("acme", name="good"), "base.toml")
    path = write('[extend]\npath = "base.toml"\ndisabledRules = ["bad"]\n')
    assert [rule.id for rule in gitleaks.load(path).rules] == ["user-good"]


def test_a_files_own_rule_stays_when_the_others_is_disabled(write) -> None:
    write(toml("base", 'keywords = ["base"]'), "base.toml")
    path = write('[extend]\npath = "base.toml"\ndisabledRules = ["acme-key"]\n' + toml("own"))
    (rule,) = gitleaks.load(path).rules
    assert rule.anchors == ("acme",)


def test_a_wrong_change_leaves_the_others_rule(write) -> None:
    write(toml("acme"), "base.toml")
    path = write('[extend]\npath = "base.toml"\n[[rules]]\nid = "acme-key"\nentropy = "high"\nregex = 1')
    assert [(rule.entropy, rule.pattern) for rule in gitleaks.load(path).rules] == [(0, "acme")]


@pytest.mark.parametrize("base", ["", "[[rules", "[extend]\npath = 'base.toml'"])
def test_a_file_that_cannot_be_extended_costs_no_rule(write, base: str) -> None:
    if base:
        write(base, "base.toml")
    reading = gitleaks.load(write('[extend]\npath = "base.toml"\n' + toml("acme")))
    assert [rule.id for rule in reading.rules] == ["user-acme-key"]
    assert list(reading.refused.values()) == [["extend.path"]]


# what is wrong with a file


@pytest.mark.parametrize(
    "rule",
    [
        "[[rules]]\nregex = 'acme'",  # as before version 8
        "[[rules]]\nid = 7\nregex = 'acme'",
        "[[rules]]\nid = '--'\nregex = 'acme'",
        *(
            toml("acme", more)
            for more in (
                *("keywords = 'acme'", "keywords = [1]", "keywords = 1", "allowlist = 1", "allowlists = ['x']"),
                *("entropy = '3'", "entropy = true", "entropy = nan", "entropy = 1e9", "entropy = -1", "entropy = []"),
                *("secretGroup = 1.5", "secretGroup = -1", "secretGroup = 2", "description = 1", "unknown = {a = 1}"),
            )
        ),
    ],
)
def test_what_is_written_wrong_counts_as_not_written(write, rule: str) -> None:
    reading = gitleaks.load(write(f"{rule}\n{toml('acme', name='good')}"))
    assert len(reading.rules) == 2
    assert {rule.pattern for rule in reading.rules} == {"acme"}
    assert reading.refused == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("id = 'x'", "no regex"),
        ("id = 'x'\npath = 'acme'", "no regex"),
        ("id = 'x'\nregex = 1", "no regex"),
        ("id = 'x'\nregex = '^.*$'\npath = '^fixtures/'", "only its path says where it is meant"),
        ("id = 'x'\nregex = '(s3cret-s3cret'", "missing )"),
        ("id = 'x'\nregex = '(?s).*'", "it matches everywhere"),
        ("id = 'x'\nregex = '(?:acme)?'", "it matches everywhere"),
    ],
)
def test_what_cannot_be_used_costs_no_other(write, content: str, why: str) -> None:
    path = write(f"[[rules]]\n{content}\n{toml('acme', name='good')}")
    assert refused(path) == f"x: {why}"
    assert [rule.id for rule in gitleaks.load(path).rules] == ["user-good"]


def test_many_lookarounds_cost_no_other(write) -> None:
    content = "".join(f"[[rules]]\nid = 'r{number}'\nregex = '(?=a)b'\n" for number in range(500))
    reading = gitleaks.load(write(content + toml("acme", name="good")))
    assert [rule.id for rule in reading.rules] == ["user-good"]
    assert [len(names) for names in reading.refused.values()] == [500]


def test_rules_with_the_same_name_are_all_used(write) -> None:
    path = write(toml("a", name="a-b") + toml("b", name="a-b") + toml("c", name="A_b") + "[[rules]]\nregex = 'd'\n" * 2)
    assert {rule.id: rule.pattern for rule in gitleaks.load(path).rules} == {
        "user-a-b": "a",
        "user-a-b-2": "b",
        "user-a-b-3": "c",
        "user-rule": "d",
        "user-rule-5": "d",
    }


def test_the_summary_is_one_short_line(write) -> None:
    rules = "".join(f"[[rules]]\nid = '{'x' * 500}{number}'\n" for number in range(100))
    summary = gitleaks.load(write(toml("acme") + rules)).summary()
    assert summary.startswith("1 rule used beside ours, which are always on; left out: no regex (xxx")
    assert summary.endswith(" and 95 more)")
    assert len(summary) < 500
    assert gitleaks.load(write(toml("acme"))).summary() == ""
