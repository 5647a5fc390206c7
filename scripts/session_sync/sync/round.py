"""What every round in a shared tree has: its parts, errors told in words, and the repair of what a kill left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from session_sync.errors import DEFERRED, DONE, FAILED, STATUS, SessionSyncError, UserError, told
from session_sync.git.failure import GitError
from session_sync.home.config import Config
from session_sync.identity import machine
from session_sync.identity.user import Identity
from session_sync.scan import tree_gate
from session_sync.scan.gate import LetThrough
from session_sync.sync.exchange import Exchange, Exchanged
from session_sync.sync.report import Moved, TreeReport
from session_sync.sync.tree import held, refs
from session_sync.sync.tree.checkout import Aside, NotWritten
from session_sync.sync.tree.commit import Who
from session_sync.sync.tree.resume import resume
from session_sync.sync.tree.tree import WorkTree
from session_sync.sync.tree.upstream import of_branch
from session_sync.text.lines import counted


class TreeRound:
    """A round of one tree for its user on this machine; the round's lock must be held. Raises SessionSyncError."""

    def __init__(self, tree: WorkTree, settings: Config, identity: Identity) -> None:
        self._tree = tree
        self._identity = identity
        self._machine = machine.load()
        self.gate, self._gate_warnings = tree_gate.load(settings, identity.email, tree.root)
        self._exchange: Exchange | None = None  # None without a remote
        self._report = TreeReport(root=str(tree.root))
        self._let_through: set[LetThrough] = set()

    def recover(self) -> None:
        """Finish, undo or clear away what a kill left: a round begins with it.

        Raises SessionSyncError when that cannot be: files that came in half are not to be taken for the user's changes.
        """
        refs.clear_locks(self._tree)
        try:
            with self._telling_of_files_aside() as aside:
                resume(self._tree, aside)
        except (NotWritten, GitError, OSError) as error:
            reason = told(error) if isinstance(error, OSError) else str(error)
            raise UserError(f"a sync was cut short, and what it brought cannot be finished: {reason}") from None

    @contextmanager
    def _telling_of_files_aside(self) -> Iterator[Aside]:
        """A list for files that are moved out of the tree: the report tells of them, whatever goes wrong."""
        aside: Aside = []
        try:
            yield aside
        finally:
            self._report.moved += [Moved(path, str(place)) for path, place in aside]

    def _guarded(self, work: Callable[[], None]) -> TreeReport:
        """Do the `work`; returns the report of it, whatever goes wrong."""
        report = self._report
        try:
            work()
        except GitError as error:
            report.code, report.message = self._told(error)
        except SessionSyncError as error:
            report.code, report.message = error.code, str(error)
        except OSError as error:
            report.code, report.message = FAILED, f"{told(error)}; nothing is lost here"
        report.status = STATUS[report.code]
        return self._completed(report)

    def _told(self, error: GitError) -> tuple[int, str]:
        """The exit code and the message for what git refused."""
        if lock := held.in_the_way(self._tree.root, error):
            refusal = held.refusal(lock, (self._tree.root, self._tree.common_dir))
            return refusal.code, str(refusal)
        if error.unreachable or error.contended:
            return DEFERRED, f"{error}; committed here, pushed by the next round"
        return FAILED, f"{error}; nothing is lost here"

    def _completed(self, report: TreeReport) -> TreeReport:
        """The report with what the exchange, git and the gate have to tell."""
        done = self._exchange.done if self._exchange else Exchanged()
        report.upstream, report.remote_head = done.upstream, done.remote_head
        report.pulled, report.pushed = done.pulled, done.pushed
        if report.code != DONE and done.pulled and not (report.head and self._tree.has(done.remote_head, report.head)):
            report.pulled = []  # they came no further than git's objects
        report.conflicts, report.conflict_branch = done.conflicts, done.conflict_branch
        report.retries = self._exchange.retries if self._exchange else 0
        warnings = [*report.warnings, *done.warnings, *self._tree.warnings]
        if self._let_through:
            warnings.append(f"{counted(len(self._let_through), 'finding')} let through by .piiignore")
        report.warnings = list(dict.fromkeys([*warnings, *self._gate_warnings]))
        return report

    def _follow(self, branch: str) -> None:
        self._report.branch = branch
        upstream = of_branch(self._tree, branch) if branch else None
        if upstream:
            self._exchange = Exchange(self._tree, branch, upstream, self._machine.uuid, self._who, self._host)

    def _who(self) -> Who:
        return self.gate.author(self._identity, self._machine)

    def _host(self) -> str:
        return self.gate.published(self._machine.hostname)


def set_git_user(tree: WorkTree, who: Identity) -> list[str]:
    """Make git's user in the tree the one of the user's own identity.json; returns what there is to tell.

    What others say of the user, in the tree's users.json, does not count.
    """
    wanted = {key: value for key, value in (("user.name", who.own_name), ("user.email", who.own_email)) if value}
    before = {key: tree.config.get(key, "") for key in wanted}
    changed = {key: value for key, value in wanted.items() if value != before[key]}
    for key, value in changed.items():
        tree.run("config", "--local", "--replace-all", key, value)
    return [
        f"git's {key} was {before[key]} and is now {value}, as identity.json says"
        for key, value in changed.items()
        if before[key]
    ]
