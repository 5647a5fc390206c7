"""A team at work in one shared tree: writers, a schedule, other machines, conflicts and kills, and what must hold then.

    PYTHONPATH=scripts:tests python tests/team.py [--rounds 200] [--seed 1] [--keep DIR]

Every line that somebody writes has a mark of its own, so that nothing can be lost unseen. Exit code 1 when a check
fails.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from support.homes import SCRIPTS, Ran
from support.narratives import narrative

MARK = re.compile(rb"mark-\d{7}")
SHARED = [f"shared/{name}.md" for name in ("plan", "notes", "people")]
MARKERS = (b"<<<<<<<", b"=======", b">>>>>>>")
LEFT_OVER = ("*.lock", "refs/**/*.lock", "session-sync/*.lock", "session-sync/update*", "rebase-*", "MERGE_HEAD")
USUAL = re.compile(  # why a verb may exit with 1 or 75 while others work
    r"changed here and on|is in progress; end it|has unresolved conflicts|keeps? (changing|moving|pushing)|"
    r"moved during the round|another git command holds|lock was busy|others hold|round .*(busy|runs)"
)
LONGEST_KILL = 0.3  # seconds from the start of a round to its kill
PROC = Path("/proc") if Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").is_file() else None
SETTLING = 30  # rounds of syncs at the end before a tree counts as stuck
GIT_SECONDS = 60


@dataclass
class Ledger:
    """What happened, for the checks and for the summary."""

    marks: Iterator[int] = field(default_factory=itertools.count)
    saved: dict[str, str] = field(default_factory=dict)  # mark of an acknowledged log -> its path when it was saved
    written: dict[str, str] = field(default_factory=dict)  # mark -> the ordinary file that it was appended to
    codes: Counter[tuple[str, int]] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)  # what no user should see
    conflicts: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def mark(self) -> str:
        with self.guard:
            return f"mark-{next(self.marks):07}"

    def count(self, verb: str, code: int) -> None:
        with self.guard:
            self.codes[verb, code] += 1

    def wrong(self, text: str) -> None:
        with self.guard:
            self.odd.append(text)


def git(place: Path, env: dict[str, str], *words: str) -> Ran:
    """Plain git, as a user would run it."""
    done = subprocess.run(["git", "-C", str(place), *words], env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=GIT_SECONDS, check=False)  # fmt: skip
    return Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def descendants(pid: int) -> list[int]:
    """The processes below `pid` that run on this machine: a real remote's are out of anybody's reach here."""
    found, waiting = [], [pid]
    while waiting:
        for child in children(waiting.pop()):
            command = read(PROC / str(child) / "cmdline") if PROC else output("ps", "-o", "args=", "-p", str(child))
            if "receive-pack" not in command and "upload-pack" not in command:
                found.append(child)
                waiting.append(child)
    return found


def children(pid: int) -> list[int]:
    """The processes that `pid` started; from /proc where it is there, for gits live only milliseconds."""
    if PROC:
        return [int(word) for task in PROC.glob(f"{pid}/task/*/children") for word in read(task).split()]
    pairs = (line.split() for line in output("ps", "-A", "-o", "pid=,ppid=").splitlines())
    return [int(own) for own, parent in pairs if int(parent) == pid]


def output(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def read(path: Path) -> str:
    """The text at `path`, "" when it is gone."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def kill(pid: int) -> None:
    """End a process at once, unless it has ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class Place:
    """A working copy on one machine, with the home of its user there."""

    def __init__(self, root: Path, name: str, user: str, number: int, rules: Path | None) -> None:
        home = root / f"home-{name}"
        state = home / ".session-sync" / "state"
        state.mkdir(parents=True, mode=0o700)
        (home / ".session-sync").chmod(0o700)
        if rules:
            os.link(rules, state / rules.name)
        (home / ".gitconfig").write_text(f"[user]\n\tname = {user}\n\temail = {user}@example.org\n")
        self.tree = root / f"tree-{name}"
        self.resolving = threading.Lock()
        self.env = {
            **{key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR", "PYTHONPYCACHEPREFIX") if key in os.environ},
            "HOME": str(home),
            "LOGNAME": user,
            "USER": user,
            "EDITOR": "false",
            "GIT_CONFIG_NOSYSTEM": "1",
            "SESSION_SYNC_HOME": str(home / ".session-sync"),
            "GIT_MERGE_AUTOEDIT": "no",
            "LC_ALL": "C.UTF-8",
            "SESSION_SYNC_MACHINE_UUID": f"{number:08x}-0000-4000-8000-000000000000",
        }

    def git(self, *words: str) -> Ran:
        return git(self.tree, self.env, *words)


class Actor:
    """Somebody at work in a place, by chance; `chance` decides what is done."""

    def __init__(self, team: Team, place: Place, name: str, chance: random.Random) -> None:
        self.team, self.place, self.name, self.chance = team, place, name, chance
        self.scope = chance.choice(([], ["--project", "PILOT"], ["--client", "acme"]))
        self.own = place.tree / "own" / name
        self.sessions = 0

    def act(self) -> None:
        """One random action."""
        actions: list[tuple[Callable[[], None], int]] = [
            (self.update_session, 4), (self.new_session, 3), (self.roam, 1), (self.edit_shared, 4), (self.edit_own, 3),
            (self.rename_own, 1), (self.delete_own, 1), (self.stage, 1), (self.commit_by_hand, 2), (self.sync, 3),
            (self.locked, 1), (self.rename_shared, 1),
        ]  # fmt: skip
        action = self.chance.choices([each for each, _ in actions], [weight for _, weight in actions])[0]
        with self.team.ledger.guard:
            self.team.ledger.actions[action.__name__] += 1
        action()

    def update_session(self) -> None:
        self._save(f"session-{self.name}", self.scope)

    def new_session(self) -> None:
        self.sessions += 1
        scope = self.chance.choice(([], ["--project", "PILOT"], ["--client", "acme"]))
        self._save(f"session-{self.name}-{self.sessions}", scope)

    def roam(self) -> None:
        """A session that is carried from one machine to the other."""
        self._save("session-roaming", ["--project", "PILOT"])

    def _save(self, session: str, scope: Sequence[str]) -> None:
        mark = self.team.ledger.mark()
        body = narrative(Session_Summary=f"Wrote {mark} down.")
        ran = self.verb("save", "--topic", "team work", "--session-id", session, *scope, stdin=body)
        if ran.out.strip():
            self.team.ledger.saved[mark] = ran.out.strip()

    def edit_shared(self) -> None:
        self._append(self.place.tree / self.chance.choice(SHARED))

    def edit_own(self) -> None:
        self._append(self.own / f"{self.chance.randrange(4)}.md")

    def _append(self, path: Path) -> None:
        mark = self.team.ledger.mark()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as stream:
            stream.write(f"{self.name} wrote {mark}\n")
        self.team.ledger.written[mark] = str(path)

    def _any_own(self) -> Path | None:
        files = sorted(self.own.glob("*.md"))
        return self.chance.choice(files) if files else None

    def rename_own(self) -> None:
        if path := self._any_own():
            path.rename(path.with_name(f"renamed-{self.team.ledger.mark()}.md"))

    def delete_own(self) -> None:
        """Delete a file; what was in it may never have been committed."""
        if path := self._any_own():
            for mark in MARK.findall(path.read_bytes()):
                self.team.ledger.written.pop(mark.decode(), None)
            path.unlink()

    def rename_shared(self) -> None:
        files = [path for path in sorted((self.place.tree / "shared").glob("*.md")) if not path.stem.endswith("-moved")]
        if files:
            path = self.chance.choice(files)
            with suppress(FileNotFoundError):  # somebody else was quicker
                path.rename(path.with_name(f"{path.stem}-{self.name}-moved.md"))

    def stage(self) -> None:
        self.edit_own()
        if path := self._any_own():
            self._by_hand("add", "--", str(path))

    def commit_by_hand(self) -> None:
        self.edit_own()
        if (path := self._any_own()) and self._by_hand("add", "--", str(path)):
            self._by_hand("commit", "--quiet", "-m", f"by hand: {self.name}", "--", str(path))

    def _by_hand(self, *words: str) -> bool:
        """Plain git, again while another git is at it; it must work in the end unless somebody merges."""
        said = ""
        for _ in range(100):
            ran = self.place.git(*words)
            said = ran.err + ran.out
            if ran.code == 0 or "nothing to commit" in said or "nothing added" in said or "no changes added" in said:
                return True
            if "during a merge" in said or "unmerged" in said or "did not match" in said:
                return False
            if "index.lock" not in said and "cannot lock ref" not in said:
                break
            time.sleep(0.1)
        self.team.ledger.wrong(f"git {words[0]} by hand: {said.strip()}")
        return False

    def locked(self) -> None:
        self.edit_own()
        self.verb("locked", "--wait", "60", "--", "git", "add", "--all", "own")

    def sync(self) -> None:
        ran = self.verb("sync")
        if ran.code == 1 and "only you can join" in ran.err + ran.out:
            self.team.ledger.conflicts += 1
            if self.chance.random() < 0.5:
                self.resolve()

    def resolve(self) -> None:
        """Join what only a user can, one at a time in a place."""
        if not self.place.resolving.acquire(blocking=False):
            return
        try:
            if self.place.git("merge", "--quiet", "origin/main").code and not self._finish_merge():
                return
        finally:
            self.place.resolving.release()
        self.verb("sync")

    def _finish_merge(self) -> bool:
        unmerged = self.place.git("diff", "--name-only", "--diff-filter=U", "-z").out.split("\0")[:-1]
        if not unmerged and not (self.place.tree / ".git" / "MERGE_HEAD").exists():
            return False  # git refused: somebody's changes are in the way, which the next sync commits
        for name in unmerged:
            path = self.place.tree / name
            is_text = name.startswith(("own/", "shared/"))
            if path.is_file() and is_text and self.chance.random() < 0.3:
                self.place.git("checkout", self.chance.choice(("--ours", "--theirs")), "--", name)
            elif path.is_file():
                lines = path.read_bytes().splitlines(keepends=True)
                path.write_bytes(b"".join(line for line in lines if line[:7] not in MARKERS))
            self.place.git("add", "--all", "--", name)
        for _ in range(50):
            if self.place.git("commit", "--quiet", "--no-edit").code == 0:
                return True
            time.sleep(0.1)
        return not (self.place.tree / ".git" / "MERGE_HEAD").exists()

    def verb(self, verb: str, *arguments: str, stdin: str = "") -> Ran:
        """Run a verb, or kill it in the middle."""
        killed = verb != "locked" and self.chance.random() < self.team.kills
        process = subprocess.Popen([sys.executable, str(SCRIPTS / f"{verb}.py"), *arguments], env=self.place.env,
                                   cwd=self.place.tree, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)  # fmt: skip
        stop = threading.Event()
        killer = threading.Thread(target=self._kill, args=(process.pid, stop)) if killed else None
        if killer:
            killer.start()
        out, err = process.communicate(stdin.encode(), timeout=300)
        stop.set()
        if killer:
            killer.join()
        ran = Ran(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))
        self._judge(verb, ran, killed)
        return ran

    def _kill(self, pid: int, stop: threading.Event) -> None:
        """End the process, all below it too, or only the gits that it runs, at some moment of its round."""
        how = self.chance.choice(("process", "all", "git"))
        while not stop.is_set() and f'"pid": {pid},' not in self._holder():
            time.sleep(0.005)
        stop.wait(self.chance.random() * LONGEST_KILL)
        below: list[int] = []
        while how != "process" and not below and not stop.is_set():
            below = descendants(pid)
        time.sleep(self.chance.random() * 0.004)  # into the few milliseconds that a git lives
        targets = [] if stop.is_set() else below if how == "git" else [pid, *below]
        for one in targets:
            kill(one)
        with self.team.ledger.guard:
            self.team.ledger.actions[f"kill {how}"] += bool(targets)

    def _holder(self) -> str:
        """What the holder of the round's lock wrote of itself."""
        return read(Path(self.place.env["SESSION_SYNC_HOME"], "state", "round-owner.json"))

    def _judge(self, verb: str, ran: Ran, killed: bool) -> None:
        self.team.ledger.count(verb, ran.code)
        said = ran.out + ran.err
        if "Traceback" in said or "unexpected " in said:
            self.team.ledger.wrong(f"{verb}: {said.strip()}")
        allowed = {0, 1, 75, -signal.SIGKILL} if killed else {0, 1, 75}
        if verb == "locked" and "index.lock" in said:
            return
        if ran.code not in allowed or (ran.code in (1, 75) and not killed and not USUAL.search(said)):
            self.team.ledger.wrong(f"{verb} in {self.place.tree.name} exit {ran.code}: {said.strip()}")


class Team:
    """One remote, a working copy with four writers and a schedule, and two other machines."""

    def __init__(self, root: Path, seed: int, kills: float = 0.15, rules: Path | None = None) -> None:
        self.root, self.kills = root, kills
        self.ledger = Ledger()
        self.remote = root / "remote.git"
        users = (("main", "ada"), ("two", "ada"), ("three", "bob"))
        self.places = [Place(root, name, user, number, rules) for number, (name, user) in enumerate(users, 1)]
        self._seed()
        names = [(0, "w1"), (0, "w2"), (0, "w3"), (0, "w4"), (1, "m2"), (2, "m3")]
        self.actors = [Actor(self, self.places[at], name, random.Random(f"{seed} {name}")) for at, name in names]
        self.schedule = Actor(self, self.places[0], "schedule", random.Random(f"{seed} schedule"))

    def _seed(self) -> None:
        first = self.places[0]
        for place in (first.tree, self.remote):
            place.mkdir()
            git(place, first.env, "init", "--quiet", "--initial-branch=main", *["--bare"] * (place is self.remote))
        for name in (".claude/session-sync.yaml", "wiki/index.md", *SHARED):
            path = first.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("" if name.endswith(".yaml") else "# Wiki\n" if "wiki" in name else f"# {name}\n\n")
        remote = str(self.remote)
        for words in (
            ("add", "--all"),
            ("commit", "--quiet", "-m", "start"),
            ("remote", "add", "origin", remote),
            ("push", "--quiet", "-u", "origin", "main"),
        ):
            ran = first.git(*words)
            assert ran.code == 0, ran
        for other in self.places[1:]:
            git(self.root, other.env, "clone", "--quiet", remote, str(other.tree))

    def work(self, rounds: int) -> None:
        """All do `rounds` actions, at once, while the schedule syncs."""
        done = threading.Event()

        def scheduled() -> None:
            while not done.wait(self.schedule.chance.random()):
                self.schedule.sync()

        def acting(actor: Actor) -> None:
            for _ in range(rounds):
                actor.act()

        with ThreadPoolExecutor(len(self.actors) + 1) as pool:
            syncing = pool.submit(scheduled)
            try:
                list(pool.map(acting, self.actors))
            finally:
                done.set()
            syncing.result()

    def settle(self) -> bool:
        """Sync and resolve until all places have the same commit as the remote; False when that never comes."""
        self.kills = 0.0
        last = [next(actor for actor in self.actors if actor.place is place) for place in self.places]
        for _ in range(SETTLING):
            codes = []
            for actor in last:
                ran = actor.verb("sync")
                if ran.code == 1:
                    self.ledger.conflicts += "only you can join" in ran.err + ran.out
                    actor.resolve()
                codes.append(ran.code)
            heads = {place.git("rev-parse", "HEAD").out for place in self.places}
            if not any(codes) and heads == {git(self.remote, self.places[0].env, "rev-parse", "main").out}:
                return True
        return False

    def _ask(self, *words: str, data: str = "") -> bytes:
        command = ["git", "-C", str(self.remote), *words]
        return subprocess.run(command, input=data.encode(), capture_output=True, check=True).stdout

    def marks_in(self, *revisions: str) -> set[str]:
        """The marks in all blobs that `revisions` reach: "--all", or a tree as "main^{tree}"."""
        objects = self._ask("rev-list", "--objects", "--no-object-names", *revisions).decode()
        return {mark.decode() for mark in MARK.findall(self._ask("cat-file", "--batch", data=objects))}

    def lost_commits(self) -> list[str]:
        """Commits that a branch of a place once was at, and that no branch of the remote has."""
        kept = set(self._ask("rev-list", "--all").decode().split())
        once = [line for place in self.places
                for line in place.git("reflog", "--all", "--format=%H %gd %gs").out.splitlines()
                if "session-sync/proposal" not in line]  # fmt: skip
        return sorted({line for line in once if line.split()[0] not in kept})

    def lost_logs(self) -> list[str]:
        """Acknowledged logs, or updates of logs, that are in no file of the remote's main branch."""
        there = self.marks_in("main^{tree}")
        return sorted(f"{mark} {path}" for mark, path in self.ledger.saved.items() if mark not in there)

    def lost_edits(self) -> list[str]:
        """Lines in ordinary files that are in no commit of the remote."""
        there = self.marks_in("--all")
        return sorted(f"{mark} {path}" for mark, path in self.ledger.written.items() if mark not in there)

    def foreign_in_saves(self) -> list[str]:
        """Files in the commits of saves that are neither the log nor the wiki's."""
        found = []
        listed = self._ask("log", "--all", "--no-merges", "--grep=^save: ", "--format=%x01%s", "--name-only").decode()
        for commit in listed.split("\x01")[1:]:
            subject, *names = [line for line in commit.splitlines() if line]
            log = f"/{subject.removeprefix('save: ')}.md"
            for name in names:
                is_log = "session-logs/" in name and f"/{name}".endswith(log)
                if not is_log and not name.startswith("wiki/"):
                    found.append(f"{subject}: {name}")
        return found

    def unusable(self) -> list[str]:
        """What is wrong with the places' repositories."""
        found = []
        for place in self.places:
            for words in (("status", "--porcelain"), ("fsck", "--connectivity-only")):
                ran = place.git(*words)
                if ran.code or (words[0] == "status" and ran.out):
                    found.append(f"{place.tree.name}: git {words[0]}: {(ran.out + ran.err).strip()}")
            inside = (path for pattern in LEFT_OVER for path in (place.tree / ".git").glob(pattern))
            found += [f"left over: {path}" for path in (*place.tree.rglob(".*.tmp"), *inside)]
        return found

    def problems(self) -> dict[str, list[str]]:
        """Every check with what it found, those that found something alone."""
        checks = {
            "commits lost": self.lost_commits, "logs lost": self.lost_logs, "edits lost": self.lost_edits,
            "foreign files in saves": self.foreign_in_saves, "unusable": self.unusable, "odd": lambda: self.ledger.odd,
        }  # fmt: skip
        return {name: found for name, check in checks.items() if (found := check())}

    def summary(self) -> dict[str, object]:
        """What was done, in numbers."""
        commits = self._ask("log", "--all", "--format=%p%x09%s").decode().splitlines()
        codes: dict[str, dict[str, int]] = {}
        for (verb, code), number in sorted(self.ledger.codes.items()):
            codes.setdefault(verb, {})[str(code)] = number
        return {
            "actions": dict(sorted(self.ledger.actions.items())),
            "commits": len(commits),
            "merges": sum(" " in line.partition("\t")[0] for line in commits),
            "conflicts": self.ledger.conflicts,
            "logs saved": len(self.ledger.saved),
            "edits": len(self.ledger.written),
            "exit codes": codes,
        }


def run(
    root: Path, seed: int, rounds: int, kills: float = 0.15, rules: Path | None = None
) -> tuple[Team, dict[str, list[str]]]:
    """A team's work and the end of it; returns the team and what the checks found."""
    team = Team(root, seed, kills, rules=rules)
    team.work(rounds)
    settled = team.settle()
    found = team.problems()
    return team, found if settled else {**found, "not settled": [place.git("status").out for place in team.places]}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=200, help="actions of each of the six actors")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=float, default=0.15, help="the share of saves and syncs that are killed")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the trees in DIR, which must not exist")
    chosen = parser.parse_args(argv)
    root = chosen.keep or Path(tempfile.mkdtemp(prefix="session-sync-team-"))
    root.mkdir(exist_ok=chosen.keep is None, parents=True)
    started = time.monotonic()
    try:
        team, found = run(root, chosen.seed, chosen.rounds, chosen.kills)
        lost = {name: len(found.get(f"{name} lost", [])) for name in ("commits", "logs", "edits")}
        report = {**team.summary(), "lost": lost, "seconds": round(time.monotonic() - started)}
        print(json.dumps({**report, "problems": found}, indent=2))
    finally:
        if chosen.keep is None:
            shutil.rmtree(root, ignore_errors=True)
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
