"""What there is to tell and to keep when a remote's history was rewritten, or its branch taken away."""

from __future__ import annotations

import time

from session_sync.sync.tree import advice
from session_sync.sync.tree.remote_history import Where, Withdrawn
from session_sync.sync.tree.tree import WorkTree
from session_sync.sync.tree.upstream import Upstream, following
from session_sync.text.lines import counted

_KEPT = "refs/before-rewrite"  # no branches: they would go along with the next `git push --all`


def keep_aside(tree: WorkTree, branch: str, head: str) -> str:
    """Keep commit `head` under a name of its own in the user's repository; returns the name, as git takes it."""
    place = f"{_KEPT}/{branch}"
    for ref, commit in tree.refs(place).items():
        if tree.is_ancestor(head, commit):
            return ref.removeprefix("refs/")
    ref = f"{place}/{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{head[:7]}"
    tree.run("update-ref", ref, head)
    return ref.removeprefix("refs/")


def told(tree: WorkTree, upstream: Upstream, withdrawn: Withdrawn, kept: str) -> str:
    """What was done, `kept` being the name of what was here before."""
    number = tree.count(withdrawn.commit, withdrawn.now)
    return (
        f"{upstream.shown} was rewritten: {counted(number, 'commit')} from here that it had, it has no more, and they "
        f"are not pushed again; what is new here was put on top of what it has now, and all as it was is kept here "
        f"as {kept}"
    )


def conflict(tree: WorkTree, upstream: Upstream, withdrawn: Withdrawn, number: int) -> str:
    """Why nothing is pushed: `number` files were changed here in what was taken out there."""
    return (
        f"{upstream.shown} was rewritten, and {counted(number, 'file')} changed here holds what was taken out there or "
        f"conflicts with it; nothing is pushed, all is committed here; {_advice(tree, withdrawn)}"
    )


def refused(tree: WorkTree, upstream: Upstream, branch: str, withdrawn: Withdrawn) -> str:
    """Why `branch`, whose own upstream was not rewritten, is not pushed."""
    nothing = "nothing is pushed, all is committed here"
    if withdrawn.where is Where.NEW_ADDRESS:
        number = counted(tree.count(withdrawn.commit, withdrawn.now), "commit")
        return (
            f"{upstream.remote} has a new address, where {upstream.shown} lacks {number} that it had at the old one; "
            f"{nothing}; if they may go there, run {_push(tree, upstream, branch)}; if they were taken out, "
            f"{_advice(tree, withdrawn)}"
        )
    return (
        f"{branch} has commits that were taken out of another branch of {upstream.remote} by a rewrite; {nothing}; "
        f"{_advice(tree, withdrawn)}"
    )


def branch_is_gone(tree: WorkTree, upstream: Upstream, branch: str) -> str:
    """What became of the branch of the remote that `branch` followed, and how to go on."""
    name, remote = upstream.ref.removeprefix("refs/heads/"), upstream.remote
    names, default = upstream.branches()
    again = _push(tree, upstream, branch)
    if not names:
        return (
            f"{remote} has no branch any more, and had {name}: it was emptied or made anew; nothing is pushed, for "
            f"what was taken out of it may be here; all is committed here; to fill it again, run {again}"
        )
    if default:
        upstream.history.bequeath(f"refs/heads/{default}")
    ref = f"refs/heads/{default}" if default else "refs/heads/BRANCH"
    there = f"its default branch is {default}" if default else f"it has {', '.join(names[:5])}"
    follow = following(tree, branch, remote, ref)
    return (
        f"{remote} has no {name} any more: it was renamed or removed there, and {there}; all is committed here and "
        f"nothing is pushed; to follow {default or 'another'}, run {follow} and sync again; to make {name} again, "
        f"run {again}"
    )


def _push(tree: WorkTree, upstream: Upstream, branch: str) -> str:
    return advice.git(tree.root, "push", upstream.remote, f"refs/heads/{branch}:{upstream.ref}")


def _advice(tree: WorkTree, withdrawn: Withdrawn) -> str:
    onto, since = withdrawn.now[:12], withdrawn.commit[:12]
    command = advice.git(tree.root, "rebase", "--autostash", "--onto", onto, since)
    go_on = advice.git(tree.root, "rebase", "--continue")
    return f"run {command}, resolve, {go_on}, and sync again"
