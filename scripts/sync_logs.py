"""sync-logs: sync this machine's session logs with the log repository."""

from session_sync import cli
from session_sync.verbs import sync_logs

if __name__ == "__main__":
    raise SystemExit(cli.run(sync_logs.main))
