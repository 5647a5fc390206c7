"""save --project P --topic T < narrative.md: write a session log and sync it."""

from session_sync import cli
from session_sync.verbs import save

if __name__ == "__main__":
    raise SystemExit(cli.run(save.main))
