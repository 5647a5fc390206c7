"""What must not leave a shared tree: whose policy decides for a file, and in which form the file is judged."""

from __future__ import annotations

import os

from session_sync.git.failure import GitError
from session_sync.logs import shared_tree
from session_sync.scan import advice
from session_sync.scan.gate import FILE_NAME, UNSCANNABLE, Findings, Judgement
from session_sync.scan.tree_gate import TreeGate
from session_sync.sync.report import Withheld
from session_sync.sync.tree import disk
from session_sync.sync.tree.tree import WorkTree, path_text
from session_sync.wiki.index import entry_lines

_INDEX = f"{shared_tree.WIKI}/index.md"


def check_content(gate: TreeGate, path: bytes, before: bytes, data: bytes) -> Judgement:
    """What withholds `data` at the tree-relative `path`, where `before` is committed."""
    name = os.fsdecode(path)
    is_log = shared_tree.is_log(name)
    judged = gate.check_file(name, shared_tree.project_of(name), data, before, may_be_binary=not is_log)
    return judged.joined(_in_index(gate, name, before, data)) if name.casefold() == _INDEX else judged


def check_as_file(tree: WorkTree, gate: TreeGate, path: bytes, before: bytes, oid: str) -> Judgement:
    """The same for the file that others get from the blob `oid`, which git converts."""
    name = os.fsdecode(path)
    project = shared_tree.project_of(name)
    if not gate.judges(name, project):
        return Judgement([])
    try:
        data = disk.as_file(tree, path, oid)
    except GitError:
        return Judgement([(1, UNSCANNABLE)])
    return gate.check_file(name, project, data, before, may_be_binary=True)


def reported(gate: TreeGate, path: bytes, found: Findings) -> list[Withheld]:
    """The findings in a file as reports tell them, parts of its path hidden when it is the name that must not leave."""
    name, shown = os.fsdecode(path), path_text(path)
    may_be_told = all(line != FILE_NAME for line, _ in found)
    if not may_be_told:
        shown = _hidden(gate, shown)
    return [Withheld(shown, *one, *advice.of(name, *one, may_be_told)) for one in found]


def printable_path(gate: TreeGate, path: bytes) -> str:
    """A path as text, its parts hidden when it is a name that must not leave."""
    name = os.fsdecode(path)
    found = gate.check_name(name, shared_tree.project_of(name))
    return _hidden(gate, path_text(path)) if found else path_text(path)


def _hidden(gate: TreeGate, name: str) -> str:
    parts = "/".join(gate.shown(part) for part in name.split("/"))
    return parts if parts != name else gate.shown(name)


def _in_index(gate: TreeGate, name: str, before: bytes, data: bytes) -> Judgement:
    """What withholds the wiki's index: what it tells of an article goes by the policy of the article's project."""
    known = set(before.splitlines())
    judged = Judgement([])
    for number, line, target in entry_lines(data.decode(errors="replace")):
        text = line.encode()
        if text not in known:
            project = shared_tree.project_of(f"{shared_tree.WIKI}/{target}")
            own = gate.check_file(name, project, text, before, may_be_binary=False)
            judged = judged.joined(own._replace(findings=[(number, kind) for _, kind in own.findings]))
    return judged
