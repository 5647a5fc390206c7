from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from session_sync.home import files, paths
from session_sync.scan import tags
from session_sync.scan.files import examination, redacted_bytes, redacted_copy, targets
from session_sync.scan.files.verdicts import Verdicts
from session_sync.scan.policy import Policy
from session_sync.scan.scanner import scanner
from support.homes import SCRIPTS, Run
from support.templates import expand

MAIL = "grace.hopper@navy.mil"
TOKEN = expand("ghp_<<alnum:36>>", "scan")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with two files that hold something, a clean one and one that is no text."""
    folder = tmp_path / "tree"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text(f"one\nmail {MAIL}\n")
    (folder / "sub" / "b.jsonl").write_text(json.dumps({"text": f"token {TOKEN}"}) + "\n")
    (folder / "clean.md").write_text("nothing\n")
    (folder / "image.png").write_bytes(b"a\n\x89\0")
    return folder


def report(out: str) -> Any:
    """The report object, which keeps its schema."""
    content = json.loads(out)
    Draft202012Validator(json.loads((paths.SCHEMAS / "scan-report.json").read_bytes())).validate(content)
    return content


def test_findings_are_told_by_file_line_type_and_rule(tree: Path, run_verb: Run) -> None:
    ran = run_verb("scan", str(tree))
    assert ran.code == 1
    *lines, summary = ran.out.splitlines()
    assert lines[0] == f"{tree}/a.md:2: email (email)"
    assert lines[1].startswith(f"{tree}/sub/b.jsonl:1: secret:")
    assert lines[2] == f"{tree}/image.png:2: not scanned: a NUL byte: no text"
    assert summary == "2 findings in 2 files; 1 file clean; 1 could not be scanned"
    assert MAIL not in ran.out + ran.err
    assert TOKEN not in ran.out + ran.err
    assert run_verb("scan", str(tree)) == ran  # from what is remembered


def test_a_clean_folder_is_0(tree: Path, run_verb: Run) -> None:
    ran = run_verb("scan", str(tree / "clean.md"), str(tree / "clean.md"))
    assert (ran.code, ran.out, ran.err) == (0, "0 findings in 0 files; 1 file clean\n", "")
    assert run_verb("scan", "--quiet", str(tree / "clean.md")).out == ""


def test_the_report_for_programs(tree: Path, run_verb: Run) -> None:
    ran = run_verb("scan", str(tree), "--json")
    content = report(ran.out)
    assert (ran.code, content["status"], content["code"], content["files"]) == (1, "failed", 1, 3)
    first, second = content["findings"]
    assert first["file"] == str(tree / "a.md")
    assert [first["line"], first["type"], first["start"], first["end"]] == [2, "email", 9, 9 + len(MAIL)]
    assert content["unscannable"] == [{"file": str(tree / "image.png"), "line": 2, "reason": "a NUL byte: no text"}]
    assert ran.err == "2 findings in 2 files; 1 file clean; 1 could not be scanned\n"
    (tree / "c.md").write_text(MAIL)
    again = report(run_verb("scan", str(tree), "--json").out)["findings"]
    assert [one["file"] for one in again] == [str(tree / name) for name in ("a.md", "c.md", "sub/b.jsonl")]
    assert again[0]["tag"] == again[1]["tag"] != second["tag"]
    clean = report(run_verb("scan", str(tree / "clean.md"), "--json").out)
    assert (clean["status"], clean["code"]) == ("done", 0)


def test_a_policy_lets_pass_what_it_does_not_name(tree: Path, run_verb: Run) -> None:
    found = report(run_verb("scan", str(tree), "--json", "--policy", "secrets").out)["findings"]
    assert [one["file"] for one in found] == [str(tree / "sub" / "b.jsonl")]


def test_standard_input_is_scanned_without_a_path(run_verb: Run) -> None:
    for arguments in ((), ("-",)):
        ran = run_verb("scan", *arguments, stdin=f"ä\n{MAIL}")
        assert (ran.code, ran.out) == (1, "-:2: email (email)\n1 finding in 1 file; 0 files clean\n")
    assert run_verb("scan", stdin=b"\xff").code == 1
    assert run_verb("scan").code == 0


def test_links_git_and_special_files_are_left_alone(tree: Path, run_verb: Run) -> None:
    (tree / "image.png").unlink()
    (tree / ".git").mkdir()
    (tree / ".git" / "config").write_text(MAIL)
    (tree / "link").symlink_to(tree / "a.md")
    (tree / "loop").symlink_to(tree)
    os.mkfifo(tree / "pipe")
    ran = run_verb("scan", str(tree), "--policy", "off")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"{tree}/.git: skipped: the data of git",
        f"{tree}/link: skipped: a link",
        f"{tree}/loop: skipped: a link",
        f"{tree}/pipe: skipped: not a regular file",
        "0 findings in 0 files; 3 files clean; 4 skipped",
    ]


def test_a_pipe_that_is_named_is_read(tmp_path: Path, run_verb: Run) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(MAIL,))
    writer.start()
    assert run_verb("scan", str(tmp_path / "pipe")).code == 1
    writer.join()


def test_a_name_that_holds_something_is_hidden_and_no_name_forges_a_line(tmp_path: Path, run_verb: Run) -> None:
    (tmp_path / f"{MAIL}.md").write_text(MAIL)
    (tmp_path / "a\nb.md").write_text(MAIL)
    with open(os.fsencode(tmp_path) + b"/\xff.md", "w") as file:
        file.write(MAIL)
    ran = run_verb("scan", str(tmp_path))
    assert f"{tmp_path}/a\\nb.md:1: email (email)" in ran.out.splitlines()
    assert f"{tmp_path}/\\udcff.md:1: email (email)" in ran.out.splitlines()
    assert MAIL not in ran.out
    assert len(report(run_verb("scan", str(tmp_path), "--json").out)["findings"]) == 4


def test_what_is_in_a_name_is_found(tmp_path: Path, run_verb: Run) -> None:
    (tmp_path / f"of {MAIL}").mkdir()
    (tmp_path / f"of {MAIL}" / f"{TOKEN}.md").write_text("nothing\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / f"{MAIL}.md").write_text("nothing\n")
    ran = run_verb("scan", str(tmp_path))
    assert (ran.code, ran.out.count(", in its name\n")) == (1, 3)
    assert ran.out.splitlines()[-1] == "3 findings in 2 files; 0 files clean"
    assert not [one for one in (MAIL, TOKEN) if one in ran.out + ran.err]
    assert run_verb("scan", str(tmp_path)) == ran
    first, *_ = report(run_verb("scan", str(tmp_path), "--json").out)["findings"]
    assert [first["line"], first["type"], first["start"], first["end"]] == [0, "email", 3, 3 + len(MAIL)]
    assert run_verb("scan", str(tmp_path / "sub" / f"{MAIL}.md")).code == 1
    (tmp_path / ".piiignore").write_text("- {path: '**', reason: made up}\n")
    assert run_verb("scan", str(tmp_path)).code == 0


def test_what_a_policy_lets_pass_hides_nothing(tmp_path: Path, run_verb: Run) -> None:
    (tmp_path / "a.md").write_text(f"mail {TOKEN}@navy.mil\n")
    for arguments in (("--policy", "secrets"), ("--policy", "strict")):
        assert run_verb("scan", str(tmp_path), *arguments).code == 1
    ran = run_verb("scan", "--policy", "secrets", "--redact", "-", stdin=(tmp_path / "a.md").read_text())
    assert TOKEN not in ran.out


def test_a_copy_has_no_values_in_names(tree: Path, tmp_path: Path, run_verb: Run) -> None:
    (tree / f"of {MAIL}").mkdir()
    (tree / f"of {MAIL}" / f"{TOKEN}.md").write_text("nothing\n")
    (tree / f"of {MAIL}" / f"[{TOKEN}, 2].md").write_text("else\n")
    assert run_verb("scan", str(tree), "--redact", str(tmp_path / "out")).code == 1
    names = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.md"))
    of_mail, of_token = f"of REDACTED-email-{tags.tag(MAIL)[:4]}", f"REDACTED-secret-github-{tags.tag(TOKEN)[:4]}"
    assert names == ["a.md", "clean.md", f"{of_mail}/{of_token}.md", f"{of_mail}/[{of_token}, 2].md"]
    assert run_verb("scan", str(tmp_path / "out")).code == 0


def test_the_suffix_of_a_name_is_no_part_of_a_value(tmp_path: Path, run_verb: Run) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{MAIL}.txt").write_text("nothing\n")
    assert report(run_verb("scan", str(tmp_path / "in"), "--json").out)["findings"][0]["end"] == len(MAIL)
    assert run_verb("scan", str(tmp_path / "in"), "--redact", str(tmp_path / "out")).code == 0
    assert os.listdir(tmp_path / "out") == [f"REDACTED-email-{tags.tag(MAIL)[:4]}.txt"]


def test_a_copy_follows_no_link(tree: Path, tmp_path: Path, run_verb: Run) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "outside")
    (tmp_path / "out" / "clean.md").symlink_to(tmp_path / "outside" / "new")
    ran = run_verb("scan", str(tree), "--redact", str(tmp_path / "out"))
    assert ran.code == 1
    assert f"{tree}/sub/b.jsonl:0: not scanned: a link in the folder to write to" in ran.out
    assert f"{tree}/clean.md:0: not scanned: the copy would overwrite" in ran.out
    assert list((tmp_path / "outside").iterdir()) == []
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_file()] == ["a.md"]


def test_a_file_that_became_a_link_is_not_followed(tree: Path, tmp_path: Path) -> None:
    target = targets.resolve(str(tree))
    (tree / "clean.md").unlink()
    (tree / "clean.md").symlink_to(tree / "a.md")
    with Verdicts("1") as known, pytest.raises(OSError, match="a link"):
        examination.examine(os.fsencode(tree / "clean.md"), scanner.default(), known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(targets, "resolve", lambda _: target)
        made = redacted_copy.write_copy(str(tree), str(tmp_path / "out"), scanner.default(), Policy("strict"), True)
    assert [one.reason for one in made.unscannable if one.file.endswith("clean.md")] == ["a link"]
    assert not (tmp_path / "out" / "clean.md").exists()


def test_a_link_that_is_named_is_followed(tree: Path, tmp_path: Path, run_verb: Run) -> None:
    (tmp_path / "link").symlink_to(tree / "a.md")
    assert run_verb("scan", str(tmp_path / "link")).out.startswith(f"{tmp_path}/link:2: email")
    assert run_verb("scan", str(tmp_path / "link"), "--redact", str(tmp_path / "out")).code == 0


def test_piiignore_is_honoured_and_counted(tree: Path, run_verb: Run) -> None:
    (tree / "image.png").unlink()
    tag = report(run_verb("scan", str(tree), "--json").out)["findings"][0]["tag"]
    (tree / ".piiignore").write_text(
        f"- {{value: '{tag}', reason: a made-up person}}\n- {{path: sub/*, reason: tests}}\n"
    )
    ran = run_verb("scan", str(tree))
    assert (ran.code, ran.out) == (0, "0 findings in 0 files; 4 files clean; 2 ignored by .piiignore\n")
    assert report(run_verb("scan", str(tree), "--json").out)["ignored"] == 2
    assert run_verb("scan", str(tree / "a.md")).code == 0
    assert run_verb("scan", str(tree / "sub" / "b.jsonl")).code == 1  # its folder has none
    (tree / ".piiignore").write_text("- {path: sub/*}\n")
    ran = run_verb("scan", str(tree))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-file",),
        ("--policy", "lax"),
        ("--jsonl", "x"),
        ("--jsonl", "--redact", "x"),
        (".", "/", "--redact", "x"),
        (".", "--redact", "-"),
    ],
)
def test_wrong_usage_is_2_and_one_line(arguments: tuple[str, ...], run_verb: Run) -> None:
    ran = run_verb("scan", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_the_settings_name_regions_of_phone_numbers(tmp_path: Path, run_verb: Run) -> None:
    (tmp_path / "a.md").write_text("Telefon 030 901820\n")
    found = []
    for regions in ("[US]", "[DE]"):
        files.make_private_dir(paths.home())
        paths.config_file().write_text(f"phone_regions: {regions}\n")
        found.append([one["type"] for one in report(run_verb("scan", str(tmp_path), "--json").out)["findings"]])
    assert found[1] == ["phone"]


def test_lines_of_json_are_answered_in_order(run_verb: Run) -> None:
    texts = [f"ä {MAIL}", "nothing", "\ud800 192.0.2.1 " + MAIL, ""]
    lines = [json.dumps({"id": number, "text": text, "more": 1}) for number, text in enumerate(texts)]
    ran = run_verb("scan", "--jsonl", stdin="\n".join(lines))
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, [one["id"] for one in answers]) == (0, [0, 1, 2, 3])
    assert answers[0] == {"id": 0, "findings": [{"type": "email", "start": 2, "end": 2 + len(MAIL)}]}
    assert answers[2]["findings"] == [{"type": "email", "start": 12, "end": 12 + len(MAIL)}]
    assert answers[1]["findings"] == answers[3]["findings"] == []


def test_a_bad_line_is_answered_with_an_error_and_the_rest_goes_on(run_verb: Run) -> None:
    bad = ["{", "[]", '{"id": 1}', '{"id": 1, "text": 5}', "[" * 100_000, "\\ud800"]
    bad += [f'{{"id": {name}, "text": ""}}' for name in ("NaN", "-Infinity", "1e999", '{"a": [NaN]}')]
    lines = [*bad, json.dumps({"id": "x", "text": MAIL})]
    ran = run_verb("scan", "--jsonl", "--policy", "standard", stdin="\n".join(lines))
    *errors, last = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 1
    assert [one["id"] for one in errors] == [None] * len(bad)
    assert errors[1]["error"].startswith("line 2: ")
    assert (last["id"], len(last["findings"])) == ("x", 1)


def test_each_answer_comes_at_once(home: Any) -> None:
    with home.start("scan", "--jsonl") as process:
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "text": MAIL}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
    assert process.returncode == 0


def test_a_redacted_copy_of_a_tree(tree: Path, tmp_path: Path, run_verb: Run) -> None:
    out = tmp_path / "out" / "copy"
    ran = run_verb("scan", str(tree), "--redact", str(out), "--json")
    content = report(ran.out)
    assert (ran.code, content["redacted"], content["findings"]) == (1, 3, [])
    assert [one["file"] for one in content["unscannable"]] == [str(tree / "image.png")]
    copies = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert copies == ["a.md", "clean.md", "sub/b.jsonl"]
    assert (out / "a.md").read_text().startswith("one\nmail [REDACTED:email:")
    assert json.loads((out / "sub" / "b.jsonl").read_text())["text"].startswith("token [REDACTED:secret:")
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert stat.S_IMODE((out / "a.md").stat().st_mode) == 0o600
    assert run_verb("scan", str(out)).code == 0
    (tree / "image.png").unlink()
    (out / "clean.md").unlink()
    assert run_verb("scan", str(tree), "--redact", str(out)).code == 0  # an interrupted copy is finished
    (out / "a.md").write_text("mine")
    ran = run_verb("scan", str(tree), "--redact", str(out))
    assert (ran.code, (out / "a.md").read_text()) == (1, "mine")
    assert f"{tree}/a.md:0: not scanned: the copy would overwrite another file" in ran.out


def test_a_redacted_copy_of_a_file_or_of_standard_input(tree: Path, tmp_path: Path, run_verb: Run) -> None:
    ran = run_verb("scan", str(tree / "a.md"), "--redact", str(tmp_path / "a"))
    assert (ran.code, ran.out) == (0, "1 file redacted\n")
    text = (tmp_path / "a").read_text()
    assert "[REDACTED:email:" in text
    ran = run_verb("scan", "--redact", "-", stdin=(tree / "a.md").read_text())
    assert (ran.code, ran.out, ran.err) == (0, text, "1 file redacted\n")
    ran = run_verb("scan", "--redact", str(tmp_path / "b"), stdin=b"\xff")
    assert ran.code == 1
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("place", ["tree", "tree/sub/new", ".", "tree/a.md"])
def test_a_copy_must_be_apart(place: str, tree: Path, tmp_path: Path, run_verb: Run) -> None:
    before = sorted(tree.rglob("*"))
    ran = run_verb("scan", str(tree), "--redact", str(tmp_path / place))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert sorted(tree.rglob("*")) == before


def test_a_big_file_is_redacted_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redacted_bytes, "BLOCK_SIZE", 50_000)
    pem = expand("-----BEGIN RSA PRIVATE KEY-----\n<<pem:25>>\n-----END RSA PRIVATE KEY-----\n", "big")
    text = ("é" + "nothing to see here\n" * 130 + pem + f"mail {MAIL}\n") * 40
    made = redacted_bytes.redact(text.encode(), scanner.default(), Policy("strict")).decode()
    assert made.count("[REDACTED:secret:private_key:") == made.count("[REDACTED:email:") == 40
    assert made.count("nothing to see here\n") == 40 * 130
    assert "KEY-----" not in made


def test_what_is_found_is_explained_on_demand(tree: Path, run_verb: Run) -> None:
    (tree / f"{MAIL}.md").write_text("nothing\n")
    ran = run_verb("scan", str(tree), "--explain")
    assert ran.code == 1
    assert "    | mail [REDACTED:email:" in ran.out
    assert '    | {"text": "token [REDACTED:secret:github:' in ran.out
    assert ran.out.count("    why: ") == 3
    assert not [one for one in (MAIL, TOKEN) if one in ran.out + ran.err]
    assert run_verb("scan", str(tree), "--explain") == ran  # from what is remembered
    findings = report(run_verb("scan", str(tree), "--explain", "--json").out)["findings"]
    assert [len(one["explanation"]["text"]) > 10 for one in findings] == [True] * 3
    ran = run_verb("scan", "--explain", stdin=(tree / "a.md").read_text())
    assert "    | mail [REDACTED:email:" in ran.out
    for arguments in (("--jsonl",), ("--redact", "-")):
        assert run_verb("scan", "--explain", *arguments).code == 2


@pytest.mark.parametrize("options", [(), ("--jsonl",), ("--redact", "-"), ("--quiet",)])
def test_a_terminal_is_told_that_it_is_waited_for(options: tuple[str, ...]) -> None:
    controller, terminal = os.openpty()
    command = [sys.executable, str(SCRIPTS / "scan.py"), *options]
    with subprocess.Popen(command, stdin=terminal, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as scanning:
        os.close(terminal)
        assert scanning.stderr
        first = b"" if "--quiet" in options else scanning.stderr.readline()  # before there is any text
        os.write(controller, b"\x04")  # Ctrl-D
        assert scanning.wait(60) == 0
    os.close(controller)
    assert first.startswith(b"" if "--quiet" in options else b"reading the text to scan from the terminal; end it with")
