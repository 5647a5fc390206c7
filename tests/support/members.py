"""A team that shares a tree: a bare remote, and members who each have a home and a clone."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.homes import Home, Ran, Remote
from support.narratives import narrative

MARKER = ".claude/session-sync.yaml"
# A commit as git fast-import reads it.
SEED = """commit refs/heads/main
committer Ada Example <ada@example.org> now
data <<END
change {path}
END
M 100644 inline {path}
data <<END
{text}END

"""


@dataclass(frozen=True)
class Member:
    """One machine's user with a working tree."""

    home: Home
    tree: Path

    def git(self, *arguments: str, data: bytes = b"", codes: tuple[int, ...] = (0,), cwd: Path | None = None) -> str:
        """A git command in the tree or in `cwd`; returns its output without the last line end."""
        ran = subprocess.run(["git", *arguments], cwd=cwd or self.tree, input=data, capture_output=True, check=False)
        assert ran.returncode in codes, (arguments, ran.returncode, ran.stderr)
        return ran.stdout.decode(errors="surrogateescape").rstrip("\n")

    def obey(self, advice: str, code: int = 0, cwd: Path | None = None) -> str:
        """Run the command that a message tells, as it is, in the tree or in `cwd`; returns what it says."""
        ran = subprocess.run(["sh", "-c", advice], cwd=cwd or self.tree, capture_output=True, check=False)
        assert ran.returncode == code, (advice, ran)
        return (ran.stdout + ran.stderr).decode()

    def write(self, path: str, data: str | bytes = "text\n") -> Path:
        """Put a file into the working tree."""
        place = self.tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        return place

    def commit(self, path: str, data: str | bytes = "text\n") -> str:
        """Commit a file by hand; returns the commit."""
        self.write(path, data)
        self.git("add", "--", path)
        self.git("commit", "-q", "-m", f"change {path}")
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def last(self, what: str) -> str:
        """A field of the last commit, in the words of git log's --format."""
        return self.git("log", "-1", f"--format={what}")

    def files(self, commit: str = "HEAD") -> set[str]:
        """The paths that `commit` changed."""
        return set(
            self.git("diff-tree", "-r", "--root", "--no-commit-id", "--name-only", "-z", commit).split("\0")[:-1]
        )

    def status(self) -> str:
        return self.git("status", "--porcelain", "--untracked-files=all", "--ignored=no")

    def state(self) -> tuple[Any, ...]:
        """All that a user would notice: the branch, its commit, what is staged, and every file's bytes."""
        here = sorted(path for path in self.tree.rglob("*") if ".git" not in path.relative_to(self.tree).parts)
        files = {path: path.read_bytes() for path in here if path.is_file() and not path.is_symlink()}
        return self.git("symbolic-ref", "HEAD", codes=(0, 128)), self.head(), self.git("ls-files", "-s"), here, files

    def run(
        self, verb: str, *arguments: str, code: int = 0, cwd: Path | None = None, stdin: str = "", **env: str
    ) -> Ran:
        """Run a verb in the tree, or in `cwd`."""
        ran = self.home.run(verb, *arguments, stdin=stdin, cwd=cwd or self.tree, **env)
        assert ran.code == code, ran
        assert "Traceback" not in ran.err
        return ran

    def sync(self, *arguments: str, code: int = 0, **env: str) -> Synced:
        """Run /sync's script; returns its report and what it told people."""
        ran = self.run("sync", "--json", *arguments, code=code, **env)
        return Synced(json.loads(ran.out), ran.err)

    def save(self, topic: str, *arguments: str, code: int = 0, body: str = "", cwd: Path | None = None) -> Saved:
        """Save a narrative in the tree; returns the log's path, the report and what it told people."""
        ran = self.run("save", "--json", "--topic", topic, *arguments, code=code, cwd=cwd, stdin=body or narrative())
        report = json.loads(ran.out)
        return Saved(Path(report["path"]), report, ran.err)


@dataclass(frozen=True)
class Synced:
    """The report of a sync, and its lines for people."""

    report: dict[str, Any]
    told: str

    @property
    def tree(self) -> dict[str, Any]:
        found: dict[str, Any] = self.report["tree"]
        return found


@dataclass(frozen=True)
class Saved:
    """The log that a save wrote, the report, and its lines for people."""

    path: Path
    report: dict[str, Any]
    told: str

    @property
    def sync(self) -> dict[str, Any]:
        found: dict[str, Any] = self.report["sync"]
        return found


class Team:
    """A bare remote at `path`, whose shared tree has its marker and one more file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.remote = Remote(path / "remote.git")
        commits = [
            SEED.format(path=path, text=text) for path, text in ((MARKER, ""), ("notes.txt", "one\ntwo\nthree\n"))
        ]
        self.remote.git("fast-import", "--quiet", "--date-format=now", data="".join(commits).encode())

    def clone(self, name: str, home: Home, *options: str) -> Member:
        """A member who has just cloned the tree."""
        tree = self.path / name
        command = ["git", "clone", "-q", *options, f"file://{self.remote.path}", str(tree)]
        subprocess.run(command, check=True, capture_output=True)
        return Member(home, tree)

    def head(self, branch: str = "main") -> str:
        return self.remote.git("rev-parse", branch).decode().strip()

    def subjects(self, branch: str = "main") -> list[str]:
        return self.remote.git("log", "--format=%s", branch).decode().splitlines()

    def text(self, path: str, branch: str = "main") -> str:
        return self.remote.git("show", f"{branch}:{path}").decode()

    def paths(self, branch: str = "main") -> set[str]:
        return set(self.remote.files(branch))

    def conflicts(self) -> list[str]:
        return [branch for branch in self.remote.branches() if branch.startswith("conflicts/")]

    def hook(self, name: str, script: str) -> Path:
        """Have the remote run `script` at its hook `name`."""
        place = self.remote.path / "hooks" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)
        return place


IDENTITY = {"user": "ada", "email": "ada@lovelace.example", "full_name": "Ada Lovelace"}


def identify(member: Member, **more: str) -> None:
    """Give a member an identity in the tree: that of Ada Lovelace, but for what is said."""
    member.write(".claude/identity.json", json.dumps({**IDENTITY, **more}))


def give_vault(member: Member, folder: Path) -> Member:
    """A vault of the member's below `folder`, a repository of its own with a remote."""
    bare = Remote(folder / "vault.git")
    vault = Member(member.home, folder / "vault")
    subprocess.run(["git", "init", "-q", "-b", "main", str(vault.tree)], check=True)
    vault.git("remote", "add", "origin", str(bare.path))
    vault.commit("first.md")
    vault.git("push", "-q", "-u", "origin", "main")
    identify(member, vault_path=str(vault.tree))
    return vault
