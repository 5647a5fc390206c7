"""sync [--repo PATH] [--check] [--notes]: sync a shared tree and its vault with their remotes."""

from session_sync import cli
from session_sync.verbs import sync

if __name__ == "__main__":
    raise SystemExit(cli.run(sync.main))
