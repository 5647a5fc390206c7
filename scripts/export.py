"""export sync|sync-repo|verify|stats: archive the transcripts of coding agents as Markdown and JSON."""

from session_sync import cli
from session_sync.verbs import export

if __name__ == "__main__":
    raise SystemExit(cli.run(export.main))
