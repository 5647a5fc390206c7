"""whoami [--refresh] [--user NAME ...]: show which machine and which user this is, as the User block."""

from session_sync import cli
from session_sync.verbs import whoami

if __name__ == "__main__":
    raise SystemExit(cli.run(whoami.main))
