"""What every round in a shared tree has: its parts, what went wrong told in words, and what a kill left mended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from session_sync.errors import DEFERRED, FAILED, SessionSyncError, UserError
from session_sync.git.failure import GitError
from session_sync.identity.machine import Machine
from session_sync.identity.user import Identity
from session_sync.scan.gate import Gate
from session_sync.sync.exchange import Exchange
from session_sync.sync.outcome import Outcome
from session_sync.sync.tree import checkout
from session_sync.sync.tree import refs as tree_ref
from session_sync.sync.tree.tree import Tree
from session_sync.sync.tree.upstream import of_branch


class TreeRound:
    """A round of one tree for its user on this machine; the round's lock must be held."""

    def __init__(self, tree: Tree, machine: Machine, identity: Identity, gate: Gate) -> None:
        self._tree = tree
        self._machine = machine
        self._identity = identity
        self._gate = gate
        self._exchange: Exchange | None = None  # None without a remote
        self._outcome = Outcome(tree.root)
        self._is_incomplete = False

    def mend(self) -> None:
        """Finish or clear away what a kill left; raises SessionSyncError. A sync begins with it."""
        tree_ref.clear_locks(self._tree)
        with suppress(GitError, OSError):  # what could not be written then cannot be now: the round goes on
            checkout.resume(self._tree)

    def _guarded(self, work: Callable[[], None]) -> Outcome:
        outcome = self._outcome
        try:
            work()
            if self._is_incomplete:
                raise UserError("some files could not be committed; see below")
        except GitError as error:
            outcome.code = DEFERRED if error.unreachable or error.contended else FAILED
            advice = "committed here, pushed by the next round" if outcome.code == DEFERRED else "nothing is lost here"
            outcome.message = f"{error}; {advice}"
        except SessionSyncError as error:
            outcome.code, outcome.message = error.code, str(error)
        except OSError as error:
            outcome.code, outcome.message = FAILED, f"{error}; nothing is lost here"
        warnings = [*outcome.warnings, *self._tree.warnings, *self._gate.warnings]
        outcome.warnings = list(dict.fromkeys(warnings))
        outcome.retries = self._exchange.retries if self._exchange else 0
        return outcome

    def _follow(self, branch: str) -> None:
        self._outcome.branch = branch
        upstream = of_branch(self._tree, branch) if branch else None
        if upstream:
            uuid = self._machine.uuid
            self._exchange = Exchange(self._tree, upstream, uuid, self._who, self._host, self._outcome)
            self._outcome.upstream = upstream.shown

    def _refuse_new_history(self, branch: str, remote_head: str) -> None:
        """A first commit here would have nothing to do with the remote's."""
        if remote_head:
            raise UserError(f"{branch} has no commit yet but {self._outcome.upstream} has; run git pull first")

    def _who(self) -> tuple[str, str]:
        return self._gate.author(self._identity, self._machine)

    def _host(self) -> str:
        return self._gate.published(self._machine.hostname)


def set_git_user(tree: Tree, who: Identity) -> list[str]:
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
