"""What there is to tell and to keep when a remote's history was rewritten, or its branch taken away."""

from __future__ import annotations

import time

from session_sync.sync.tree import advice
from session_sync.sync.tree.remote_history import Withdrawn
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


def follows_withdrawn(tree: WorkTree, branch: str, withdrawn: Withdrawn) -> str:
    """Why `branch`, whose upstream was not rewritten, is not pushed."""
    return (
        f"{branch} has commits that were taken out of another branch of the remote by a rewrite; nothing is pushed, "
        f"all is committed here; {_advice(tree, withdrawn)}"
    )


def branch_is_gone(tree: WorkTree, upstream: Upstream, branch: str) -> str:
    """What became of the branch of the remote that `branch` followed, and how to go on."""
    name, remote = upstream.ref.removeprefix("refs/heads/"), upstream.remote
    names, default = upstream.branches()
    again = advice.git(tree.root, "push", remote, f"refs/heads/{branch}:{upstream.ref}")
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


def _advice(tree: WorkTree, withdrawn: Withdrawn) -> str:
    onto, since = withdrawn.now[:12], withdrawn.commit[:12]
    command = advice.git(tree.root, "rebase", "--autostash", "--onto", onto, since)
    return f"run {command}, resolve, git rebase --continue, and sync again"
