"""How long the real Claude Code takes to end after the model's last word, with the plugin and without.

    python benchmarks/client_exit.py [--runs 15] [--json]

The client is installed from npm into SESSION_SYNC_CLIENTS, or a temporary folder; the model is a mock on loopback.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from clients import claude, exit_time, mock_model

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="client-exit-", ignore_cleanup_errors=True) as folder:
        without, with_plugin = measure(Path(folder), options.runs)
    if options.json:
        print(json.dumps({"runs": options.runs, "without": without, "with_plugin": with_plugin}))
    else:
        print(f"median of {options.runs}: {without:.3f} s without the plugin, {with_plugin:.3f} s with it")
    return 0


def measure(folder: Path, runs: int) -> tuple[float, float]:
    """The medians without and with the plugin of this checkout."""
    binary = claude.install(Path(os.environ.get("SESSION_SYNC_CLIENTS") or folder / "clients"))
    home, directory = folder / "home", folder / "project"
    home.mkdir()
    directory.mkdir()
    uuid = "33333333-3333-4333-8333-333333333333"
    with mock_model.running() as model:
        plain = claude.Claude(binary, ROOT, home, directory, uuid, model)
        plugged = claude.Claude(binary, ROOT, home, directory, uuid, model, ("--plugin-dir", str(ROOT)))
        plugged.verb("sync-logs", "--init")  # the launcher's first start is not what is measured
        return exit_time.medians(plain, plugged, runs)


if __name__ == "__main__":
    raise SystemExit(main())
