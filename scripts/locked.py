"""locked [--wait S] -- COMMAND...: run a command of your own while no round runs."""

from session_sync import cli
from session_sync.verbs import locked

if __name__ == "__main__":
    raise SystemExit(cli.run(locked.main))
