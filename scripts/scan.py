"""scan [PATH...]: show where personal data, secrets and passwords are, or write redacted copies."""

from session_sync import cli
from session_sync.verbs import scan

if __name__ == "__main__":
    raise SystemExit(cli.run(scan.main))
