from __future__ import annotations

from typing import Any

import pytest

from session_sync.transcripts.render.tools.summary import told
from session_sync.transcripts.session import ToolCall

CWD = "/home/ada/code/tides"
PATCH = "*** Begin Patch\n*** Update File: a.py\n+x\n*** End Patch"


def line(name: str, given: Any) -> str:
    """What is said of a call, in the signs of Markdown."""
    return told(ToolCall("1", name, given), CWD).line.replace("<code>", "`").replace("</code>", "`")


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("Read", {"file_path": f"{CWD}/a.go"}, "Read `a.go`"),
        ("Read", {"file_path": f"{CWD}/a.go", "offset": 120, "limit": 20}, "Read `a.go` from line `120`"),
        ("Edit", {"file_path": "/etc/hosts", "old_string": "a"}, "Edited `/etc/hosts`"),
        ("MultiEdit", {"file_path": f"{CWD}-2/a.go"}, f"Edited `{CWD}-2/a.go`"),
        ("Write", {"file_path": f"{CWD}/d/a.go"}, "Wrote `d/a.go`"),
        ("NotebookEdit", {"notebook_path": f"{CWD}/a.ipynb"}, "Edited `a.ipynb`"),
        ("Bash", {"command": "go test ./..."}, "Ran `go test ./...`"),
        ("Bash", {"command": f"cd {CWD} && ls"}, "Ran `ls`"),
        ("Bash", {"command": f"cd {CWD}/x && ls"}, f"Ran `cd {CWD}/x &amp;&amp; ls`"),
        ("BashOutput", {"bash_id": "b1"}, "Looked at the output of `b1`"),
        ("KillShell", {"shell_id": "b1"}, "Stopped `b1`"),
        ("Grep", {"pattern": "x", "path": f"{CWD}/d"}, "Searched for `x` in `d`"),
        ("Grep", {"pattern": "x", "path": CWD}, "Searched for `x`"),
        ("Glob", {"pattern": "*.go"}, "Searched for files `*.go`"),
        ("LS", {"path": f"{CWD}/d"}, "Listed `d`"),
        ("WebFetch", {"url": "https://a.example"}, "Fetched `https://a.example`"),
        ("WebSearch", {"query": "tides"}, "Searched the web for `tides`"),
        ("Task", {"description": "look", "prompt": "p"}, "Started agent: `look`"),
        ("Agent", {"prompt": "p"}, "Started agent: `p`"),
        ("TodoWrite", {"todos": []}, "Updated the to-do list"),
        ("AskUserQuestion", {"questions": [{"question": "Which?"}, {"question": "Why?"}]}, "Asked `Which?, Why?`"),
        ("Skill", {"skill": "pdf"}, "Used skill `pdf`"),
        ("SlashCommand", {"command": "/cost"}, "Ran `/cost`"),
        ("ToolSearch", {"query": "ports"}, "Searched for tools `ports`"),
        ("TaskUpdate", {"taskId": "3", "status": "completed"}, "Updated task `3` · `completed`"),
        ("mcp__ports__look_up", {"n": 1}, "Used `ports · look_up`"),
        ("mcp__a_b__c__d", {"query": "q"}, "Used `a_b · c__d` · `q`"),
        ("exec_command", {"cmd": "ls"}, "Ran `ls`"),
        ("shell", {"command": ["bash", "-lc", "ls -l"]}, "Ran `ls -l`"),
        ("apply_patch", PATCH, "Edited `a.py`"),
        ("apply_patch", {"changes": {"a.py": {}, "b.py": {}}}, "Edited `a.py, b.py`"),
        ("shell", {"command": ["bash", "-lc", f"apply_patch <<'X'\n{PATCH}\nX"]}, "Edited `a.py`"),
        ("update_plan", {"plan": []}, "Updated the to-do list"),
        ("web_search", {"action": {"type": "search", "query": "q"}}, "Searched the web for `q`"),
        ("view_image", {"path": f"{CWD}/a.png"}, "Looked at `a.png`"),
        ("spawn_agent", {"message": "go"}, "Started agent: `go`"),
        ("write_stdin", {"session_id": 3, "chars": "y"}, "Typed `y` into `3`"),
        ("read_file", {"absolute_path": f"{CWD}/a"}, "Read `a`"),
        ("read_many_files", {"paths": ["a", "b"]}, "Read `a, b`"),
        ("run_shell_command", {"command": "ls"}, "Ran `ls`"),
        ("replace", {"file_path": f"{CWD}/a"}, "Edited `a`"),
        ("search_file_content", {"pattern": "x"}, "Searched for `x`"),
        ("google_web_search", {"query": "q"}, "Searched the web for `q`"),
        ("write_todos", {"todos": []}, "Updated the to-do list"),
        ("edit", {"filePath": f"{CWD}/a"}, "Edited `a`"),
        ("webfetch", {"url": "u"}, "Fetched `u`"),
        ("todowrite", {}, "Updated the to-do list"),
        ("list", {"path": "C:\\code"}, "Listed `C:\\code`"),
    ],
)
def test_what_a_tool_did_is_said(name: str, given: Any, said: str) -> None:
    assert line(name, given) == said


@pytest.mark.parametrize("given", [None, {}, [], 5, True, {"file_path": None}, {"file_path": {"a": 1}}, {"x": "y"}])
def test_without_a_known_input_the_name_stands(given: Any) -> None:
    assert line("Read", given) == "Read"


def test_unknown_tool_is_told_by_its_name() -> None:
    assert line("launch <b>", {"query": "a & b"}) == "launch &lt;b> · `a &amp; b`"
    assert line("", None) == "tool"


def test_path_below_a_folder_of_windows_is_short() -> None:
    call = ToolCall("1", "Read", {"file_path": "C:\\code\\d\\a.go"})
    assert told(call, "C:\\code").line == "Read <code>d\\a.go</code>"
    assert told(call, "/").line == "Read <code>C:\\code\\d\\a.go</code>"


def test_keys_are_told_whose_values_stand_in_the_line_whole() -> None:
    def keys(given: Any) -> set[str]:
        return set(told(ToolCall("1", "Grep", given), CWD).keys)

    assert keys({"pattern": "x", "path": "/etc"}) == {"pattern", "path"}
    assert keys({"pattern": "x\ny", "path": f"{CWD}/d"}) == set()
    assert keys({"pattern": "x" * 200}) == set()
