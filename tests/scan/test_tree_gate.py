from __future__ import annotations

import io
import marshal
import random
import zipfile
import zlib
from pathlib import Path

import pytest

from session_sync.home.config import Config, PolicyRule
from session_sync.scan import gate, tree_gate
from session_sync.scan.ignore import Ignore
from session_sync.scan.tree_gate import TreeGate
from support.templates import expand

CUSTOMER = "CUST-acme-x"
TOKEN = expand("ghp_<<alnum:36>>", "gate")
EMAIL = b"grace.hopper@navy.mil"
STANDARD = TreeGate(Config(), Ignore(), root=Path("/nowhere/tree"))


def checked(data: bytes, project: str = CUSTOMER, name: str = "picture.bin") -> list[tuple[int, str]]:
    return STANDARD.check_file(name, project, data, b"", may_be_binary=True).findings


def test_what_programs_made_is_not_withheld_by_chance() -> None:
    numbers = random.Random(7)
    noise = numbers.randbytes(2_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.bin", noise[:200_000])
    made = [noise, packed.getvalue(), b"\x89PNG\r\n\x1a\n" + zlib.compress(noise[:100_000])]
    made.append(marshal.dumps(compile(Path(gate.__file__).read_text(), "gate.py", "exec")))
    made.append(b"\x7fELF" + bytes(64) + b"usage: password: Kestrel4x9 \0 ada@navy.mil \0" + bytes(500))
    for data in made:
        assert checked(data) == []
    assert checked(noise + TOKEN.encode() + noise) != []


def test_text_in_an_older_encoding_goes_by_the_projects_policy() -> None:
    assert checked(b"caf\xe9\nssn 536-22-8140\n") == [(2, "ssn")]
    assert checked(b"caf\xe9\nssn 536-22-8140\n", "PILOT") == []
    assert checked("one\nssn 536-22-8140\n".encode("utf-16-le")) == [(2, "ssn")]
    assert checked(b"caf\xe9 " + EMAIL, name="536-22-8140.txt") == [(gate.FILE_NAME, "ssn"), (1, "email")]
    before = f"key {TOKEN}\n".encode("utf-16")
    assert STANDARD.check_file("a.txt", "P", before + "more".encode("utf-16-le"), before, may_be_binary=True) == (
        [],
        set(),
    )


def test_what_was_let_through_is_returned_each_time(tmp_path: Path) -> None:
    (tmp_path / ".piiignore").write_text("- {path: a.md, rule: email, reason: public contact}\n")
    chosen, warnings = tree_gate.load(Config(), "", tmp_path)
    assert warnings == []
    for _ in range(2):
        judged = chosen.check_file("a.md", CUSTOMER, b"by " + EMAIL, b"", may_be_binary=False)
        assert judged == ([], {("a.md", 3, "email")})
    known = chosen.check_file("a.md", CUSTOMER, b"by " + EMAIL, EMAIL, may_be_binary=False)
    assert known == ([], set())
    assert chosen.check_file("b.md", CUSTOMER, EMAIL, b"", may_be_binary=False) == ([(1, "email")], set())


@pytest.mark.parametrize("text", ["- {rule: email}\n", "- {path: '**', rule: email, reason: x}\n"])
def test_a_bad_piiignore_lets_nothing_through_and_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / ".piiignore").write_text(text)
    chosen, warnings = tree_gate.load(Config(), "", tmp_path)
    assert len(warnings) == 1
    assert chosen.check_file("a.md", CUSTOMER, EMAIL, b"", may_be_binary=False).findings == [(1, "email")]


def test_the_place_of_a_file_may_make_it_a_customers(tmp_path: Path) -> None:
    chosen, _ = tree_gate.load(Config(policies=(PolicyRule("OPEN", "off"),)), "", tmp_path)
    for name, findings in ((f"{CUSTOMER}/a.md", [(1, "email")]), ("elsewhere/a.md", [])):
        assert chosen.check_file(name, "OPEN", EMAIL, b"", may_be_binary=False).findings == findings
        assert chosen.judges(name, "OPEN") == bool(findings)
    assert chosen.check_name(f"{CUSTOMER}/536-22-8140.md", "PILOT") == [(gate.FILE_NAME, "ssn")]
