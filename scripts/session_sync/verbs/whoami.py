"""whoami: which machine and which user this is; prints the User block of a session log."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from session_sync import cli, streams
from session_sync.errors import DONE
from session_sync.identity import machine, user

HIDDEN = ("nonce", "warnings")  # of the machine: the nonce proves which of two clones is which
INTERNAL = ("warnings", "own_name", "own_email")  # of the identity: reported elsewhere, or the same again
SETTABLE = {
    "user": "login name, as in users.json",
    "email": "address",
    "full_name": "name as it is shown",
    "vault_path": "folder of the vault repository",
}


def main(argv: list[str] | None = None) -> int:
    """Print the User block; set the identity or accept a renamed machine when asked to."""
    options = _options(argv)
    streams.need_output()
    values = {key: value for key in SETTABLE if (value := getattr(options, key)) is not None}
    if values:
        user.update(values)
    now = machine.refresh() if options.refresh else machine.load()
    if options.refresh:
        user.accept_machine(now)
    who = user.load(shared_tree(Path.cwd()))
    for line in user.user_block(who, now).splitlines():
        cli.say(options, line)
    cli.report(options, report(who, now))
    return DONE


def report(who: user.Identity, now: machine.Machine) -> cli.Report:
    """The `--json` report, see schemas/whoami-report.json; nothing in it tells about the hardware but its model."""
    return {
        "status": "done",
        "code": DONE,
        "machine": {key: value for key, value in asdict(now).items() if key not in HIDDEN},
        "identity": {key: value for key, value in asdict(who).items() if key not in INTERNAL},
        "warnings": [*now.warnings, *who.warnings],
    }


def shared_tree(directory: Path) -> Path | None:
    """The root of the shared tree around `directory`; without starting git, which whoami seldom needs."""
    for folder in (directory, *directory.parents):
        if (folder / ".git").exists():
            marks = ("identity.json", "session-sync.yaml")
            return folder if any((folder / ".claude" / mark).is_file() for mark in marks) else None
    return None


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = cli.parser("whoami", "Show which machine and which user this is, as the User block of a session log.")
    parser.add_argument("--refresh", action="store_true", help="take the current host name and hardware as recorded")
    for key, text in SETTABLE.items():
        option = "--" + key.replace("_", "-")
        parser.add_argument(option, dest=key, metavar="TEXT", help=f"set in identity.json: {text}")
    return parser.parse_args(argv)
