"""What tests start by it ends and answers as a new Python would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from session_sync import system
from session_sync.home import files
from support import verbs
from support.homes import SCRIPTS

ASK = """
import json, os, sys
from session_sync.home import files
print(json.dumps([sys.argv, os.getcwd(), dict(os.environ), sys.stdin.read(), files.YOUNG, os.getpid()]))
print("told", file=sys.stderr)
raise SystemExit(int(sys.argv[1]))
"""


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "script.py"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("changes", [{"MINE": "\udce4 x"}, {"PYTHONHASHSEED": "1"}], ids=["server", "new Python"])
def test_a_script_gets_its_own_and_its_answer_is_handed_back(tmp_path: Path, changes: dict[str, str]) -> None:
    command, env = [script(tmp_path, ASK), "7", "", "--x"], {"PYTHONPATH": str(SCRIPTS), **os.environ, **changes}
    code, out, err = verbs.run(command, env=env, cwd=tmp_path, data=b"given", constants={(files, "YOUNG"): 5})
    arguments, folder, seen, given, young, pid = json.loads(out)
    assert (code, err, arguments, folder, given, young) == (7, b"told\n", command, str(tmp_path), "given", 5)
    assert {name: value for name, value in seen.items() if name not in ("LC_CTYPE", "PWD")} == env
    assert pid != os.getpid()
    assert b", 2000000000, " in verbs.run(command, env=env)[1]  # for the next one it is as ever


@pytest.mark.parametrize("argument", ["--help", "--nonsense"])
@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_every_verb_says_what_it_says_in_a_new_python(script: Path, argument: str) -> None:
    new = subprocess.run([sys.executable, script, argument], capture_output=True, check=False)
    assert verbs.run([str(script), argument], env=dict(os.environ)) == (new.returncode, new.stdout, new.stderr)


@pytest.mark.parametrize(
    ("text", "code"),
    [("import os; os.kill(os.getpid(), 9)", -9), ("", 0), ("raise SystemExit", 0), ("1 / 0", 1), ("exit('why')", 1)],
)
def test_every_end_is_told(tmp_path: Path, text: str, code: int) -> None:
    assert verbs.run([script(tmp_path, text)], env=dict(os.environ))[0] == code


def test_one_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    text = f"import os, pathlib, time\npathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    for seconds in (1, 10, 100):  # a busy machine is given more
        with pytest.raises(subprocess.TimeoutExpired):
            verbs.run([script(tmp_path, text)], env=dict(os.environ), timeout=seconds)
        if pid.exists():
            break
    while system.process_start(int(pid.read_text())):
        time.sleep(0.01)
