"""A shared tree of 100,000 files: a save against `git commit --only`, and a sync of nothing against status and fetch.

    python benchmarks/sync.py [--files 100000] [--times 9] [--launcher] [--json]

The save's tree has no remote, so that both commit alone; git commits the very files that the save did, already added,
in a clone of its own. Both sides alternate in one run, and the ratios are of medians. Exit code 1 when a save did not
commit.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contention import SCRIPTS, Ran, checked, machine_environment, run, sealed_environment
from store import WORDS, Cost, alternate, cost

from remotes import servers
from support.narratives import narrative

PER_FOLDER = 100
FILE_BYTES = 400


class Trees:
    """A remote with `files` files, a tree that follows it, and two clones that do not; `command` runs a verb."""

    def __init__(self, root: Path, files: int, command: Sequence[str]) -> None:
        self.env = machine_environment(sealed_environment(root), root, 0)
        self.command = [*command]
        self.ours, self.gits, self.synced = root / "ours", root / "gits", root / "synced"
        self.draft, self.saves, self.uncommitted = root / "draft.md", 0, 0
        self.changed: list[str] = []  # by the last save
        remote = servers.bare_repository(root / "tree.git")
        fill(self.synced, files)
        for words in (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", str(remote)),
            ("add", "--all"),
            ("commit", "--quiet", "-m", "all"),
            ("push", "--quiet", "--set-upstream", "origin", "main"),
        ):
            checked(self.git(self.synced, *words))
        for clone in (self.ours, self.gits):
            checked(self.git(root, "clone", "--quiet", str(remote), str(clone)))
            checked(self.git(clone, "remote", "remove", "origin"))
        for tree in (self.ours, self.gits, self.synced):
            checked(self.git(tree, "status"))  # writes the index anew, so that what is measured compares times alone

    def git(self, tree: Path, *words: str) -> Ran:
        return run(["git", *words], self.env, tree)

    def verb(self, tree: Path, verb: str, *arguments: str) -> Ran:
        return run([part.format(verb=verb) for part in self.command] + [*arguments, "--quiet"], self.env, tree)

    def write_draft(self) -> None:
        self.saves += 1
        self.draft.write_text(narrative(Session_Summary=f"Session {self.saves}. " + "More words. " * 100))

    def save(self) -> Cost:
        """A new session's log, its article and the wiki's index; git's clone then gets the same files, added."""
        options = ("--topic", f"bench {self.saves}", "--session-id", f"bench-{self.saves}", "--project", "PILOT")
        taken = cost(self.verb(self.ours, "save", *options, "--draft", str(self.draft)))
        self.changed = self.git(self.ours, "show", "--name-only", "--format=").out.split()
        self.uncommitted += not any(f"bench-{self.saves}." in name for name in self.changed)
        for name in self.changed:
            place = self.gits / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((self.ours / name).read_bytes())
        checked(self.git(self.gits, "add", "--", *self.changed))
        return taken

    def commit(self) -> Cost:
        return cost(self.git(self.gits, "commit", "--quiet", "--only", "-m", "one", "--", *self.changed))

    def sync(self) -> Cost:
        return cost(self.verb(self.synced, "sync"))

    def status_and_fetch(self) -> Cost:
        return cost(self.git(self.synced, "status", "--porcelain"), self.git(self.synced, "fetch", "--quiet"))


def fill(tree: Path, files: int) -> None:
    """Write a shared tree of `files` files beside the marker and the wiki's index."""
    source = random.Random(20261121)  # noqa: S311 - the same text in every run
    for number in range(files):
        folder = tree / "docs" / f"folder{number // PER_FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        text = " ".join(source.choices(WORDS, k=FILE_BYTES // 5))
        (folder / f"note{number}.md").write_text(f"# Note {number}\n\n{text}"[:FILE_BYTES])
    for name, text in ((".claude/session-sync.yaml", ""), ("wiki/index.md", "# Wiki\n")):
        (tree / name).parent.mkdir(parents=True)
        (tree / name).write_text(text)


def measure(root: Path, files: int, times: int, launcher: bool) -> dict[str, Any]:
    """All measurements of one tree; the first save and sync, which compile what is compiled once, do not count."""
    python = [sys.executable, "-E", "-X", f"pycache_prefix={root / 'bytecode'}"]
    trees = Trees(root, files, [str(SCRIPTS / "run"), "{verb}"] if launcher else [*python, f"{SCRIPTS}/{{verb}}.py"])
    alternate(1, trees.save, trees.commit, trees.write_draft)
    alternate(1, trees.sync, trees.status_and_fetch, lambda: None)
    return {
        "files": files,
        "times": times,
        "launcher": launcher,
        "save": alternate(times, trees.save, trees.commit, trees.write_draft),
        "sync_of_nothing": alternate(times, trees.sync, trees.status_and_fetch, lambda: None),
        "uncommitted": trees.uncommitted,
    }


def table(report: dict[str, Any]) -> str:
    """The measurements for people."""
    heads = ("ours s", "git s", "ratio", "ours CPU", "git CPU", "CPU ratio")
    through = " through scripts/run" if report["launcher"] else ""
    lines = [
        f"{report['files']} files{through}",
        f"{'median of ' + str(report['times']):<18}" + "".join(f"{head:>11}" for head in heads),
    ]
    for name in ("save", "sync_of_nothing"):
        ours, git, ratio = (report[name][key] for key in ("session_sync", "git", "ratio"))
        values = [value for part in ("wall", "cpu") for value in (ours[part], git[part], ratio[part])]
        lines.append(f"{name:<18}" + "".join(f"{value:>11.3f}" for value in values))
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=int, choices=range(1, 1_000_001), default=100_000, metavar="1..1000000")
    parser.add_argument("--times", type=int, choices=range(1, 101), default=9, metavar="1..100")
    parser.add_argument("--launcher", action="store_true", help="start the verbs through scripts/run")
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of the table")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="session-sync-bench-") as temporary:
        os.environ.update(sealed_environment(Path(temporary)))  # for the git that makes the remote
        report = measure(Path(temporary), chosen.files, chosen.times, chosen.launcher)
    print(json.dumps(report, indent=2) if chosen.json else table(report))
    return int(report["uncommitted"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
