"""Every place that session-sync reads or writes: the home's layout and nothing else.

Standard library and Python 3.9 only: the launcher and the hooks import it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from session_sync.errors import UsageError

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")  # the name of a machine's folder
PLUGIN_ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = PLUGIN_ROOT / "scripts"
LAUNCHER = SCRIPTS / "run"
NAME = ".session-sync"  # of the home, in the user's own folder
HISTORY = "history"  # archived transcripts, in an archive and below machines/<uuid>/ in a log repository
SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
RULES = Path(__file__).resolve().parents[1] / "rules"


def home() -> Path:
    """The private home: SESSION_SYNC_HOME, else ~/.session-sync."""
    chosen = os.environ.get("SESSION_SYNC_HOME")
    return Path(os.path.abspath(expanded(chosen))) if chosen else _users_own(NAME)


def expanded(text: str) -> Path:
    """The path `text`, in which `~` is the user's own folder and `~ada` another's; raises UsageError for nobody's."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"{text}: nobody is known by that name; give the whole path") from None


def _users_own(name: str) -> Path:
    """A place in the user's own folder. Raises UsageError when nobody knows where that is."""
    try:
        return Path.home() / name
    except RuntimeError:
        reason = "HOME is not set and the system knows no home of this user"
        raise UsageError(f"{reason}; set HOME or SESSION_SYNC_HOME and run again") from None


def config_file() -> Path:
    return home() / "config.yaml"


def machine_file() -> Path:
    return home() / "machine-id.json"


def identity_file() -> Path:
    return home() / "identity.json"


def redaction_key() -> Path:
    """The key of the hashes that stand for values in reports and redacted texts."""
    return home() / "redaction-key"


def ignore_file() -> Path:
    """What the user says is not a leak in the store's logs."""
    return home() / ".piiignore"


def users_file() -> Path:
    return home() / "users.json"


def projects() -> Path:
    """The store: projects/<PROJECT>/<machine-uuid>/*.md below it."""
    return home() / "session-logs" / "projects"


def repository(name: str) -> Path:
    """The private git directory of the log repository `name`."""
    return home() / "repositories" / f"{name}.git"


def purged_file(name: str) -> Path:
    """What was purged from the remote of the log repository `name`; not rebuildable."""
    return home() / "purged" / f"{name}.json"


def local_remote() -> Path:
    """The bare repository that `--init` makes when no remote is given."""
    return home() / "remotes" / "session-logs.git"


def pulled(machine: str) -> Path:
    """Where `--pull` puts another machine's logs."""
    return home() / "machines" / machine


def drafts() -> Path:
    """Where an agent writes narratives that `save --draft` reads; /save's permission rule names this very folder."""
    return _users_own(NAME) / "drafts"


def backups() -> Path:
    """Files of the user's that were replaced, as they were."""
    return home() / "backups"


def quarantine() -> Path:
    """Files that were moved out of shared trees because no other system could take them."""
    return home() / "quarantine"


def user_commands() -> Path:
    """The folder of the user's own slash commands, in Claude Code's configuration."""
    configured = os.environ.get("CLAUDE_CONFIG_DIR")
    return (Path(configured) if configured else _users_own(".claude")) / "commands"


def trusted_identity(root: Path) -> Path:
    """The hash of the identity.json that counts in the shared tree at `root`."""
    return home() / "trusted" / _digest(root)


def copied_commands() -> Path:
    """Which of the user's commands are ours: copies of a shared tree's."""
    return home() / "commands.json"


def notes() -> Path:
    """Other users' notes to this user, found in session logs."""
    return home() / "notes"


def unread_notes() -> Path:
    return notes() / "unread"


def shown_notes() -> Path:
    return notes() / "shown"


def notes_seen(root: Path) -> Path:
    """The commit up to which the shared tree at `root` was searched for notes."""
    return notes() / "seen" / _digest(root)


def spool() -> Path:
    return home() / "spool"


def state() -> Path:
    return home() / "state"


def round_lock() -> Path:
    return state() / "round.lock"


def round_owner() -> Path:
    return state() / "round-owner.json"


def save_lock() -> Path:
    return state() / "save.lock"


def index_file(repository_name: str) -> Path:
    """What each log was when it was last committed or withheld; rebuildable."""
    return state() / f"index-{repository_name}.sqlite"


def rules_file(version: str) -> Path:
    """The scanner's rules, compiled; `version` is a hash of them."""
    return state() / f"rules-{version[:16]}.compiled"


def told_of_rules() -> Path:
    """What was told last of a user's own rules that cannot be used."""
    return state() / "rules.told"


def verdicts_file() -> Path:
    """What the scanner found in files that it has seen; rebuildable."""
    return state() / "verdicts.sqlite"


def archive() -> Path:
    """The archived transcripts of this machine that go to the log repositories: history/... below it."""
    return home() / "archive"


def archive_index(folder: Path) -> Path:
    """What the archive at `folder` holds; rebuildable."""
    return state() / f"archive-{_digest(folder)}.sqlite"


def settled_file() -> Path:
    """What the store was when there was nothing left to sync."""
    return state() / "settled.json"


def background_log() -> Path:
    return home() / "logs" / "background.log"


def crash_log() -> Path:
    return home() / "logs" / "crash.log"


def environments() -> Path:
    """Private environments of the launcher, one folder each."""
    return home() / "environments"


def own_environments(user: int) -> Path:
    """The same, of the user with this number, where `environments()` is another user's: root's, after one `sudo`."""
    return home() / f"environments-{user}"


def environment_log() -> Path:
    """All that the tools said which built the last environment."""
    return home() / "logs" / "environment.log"


def bytecode() -> Path:
    """Where Python keeps compiled files, so that nothing is written below the plugin's root."""
    return home() / "cache" / "bytecode"


def _digest(folder: Path) -> str:
    """A name for what belongs to the folder at `folder`, wherever one looks from."""
    import hashlib  # the hooks import this module and need no hash

    return hashlib.sha256(os.fsencode(os.path.abspath(folder))).hexdigest()[:16]
