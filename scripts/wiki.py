"""wiki prepare|check|refresh: help an agent to compile the wiki article of a shared tree's project, client or topic."""

from session_sync import cli
from session_sync.verbs import wiki

if __name__ == "__main__":
    raise SystemExit(cli.run(wiki.main))
