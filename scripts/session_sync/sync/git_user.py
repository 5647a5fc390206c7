"""Makes git's user in a tree the one that the user's own identity.json names."""

from __future__ import annotations

from session_sync.identity.user import Identity
from session_sync.sync.tree.tree import Tree


def reconcile(tree: Tree, who: Identity) -> list[str]:
    """Set what differs in the tree's own configuration; returns what there is to tell.

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
