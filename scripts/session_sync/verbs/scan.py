"""scan [PATH...]: shows where personal data, secrets and passwords are, or writes copies without them."""

from __future__ import annotations

import argparse
import sys

from session_sync import cli, streams
from session_sync.errors import UsageError
from session_sync.home import config
from session_sync.home.config import Config
from session_sync.scan import from_config, policy, tags
from session_sync.scan.explanation import Explainer
from session_sync.scan.files import jsonl, report
from session_sync.scan.files.report import Results
from session_sync.scan.files.search import Search
from session_sync.scan.files.targets import STANDARD
from session_sync.scan.files.verdicts import Verdicts
from session_sync.scan.policy import Policy


def main(argv: list[str] | None = None) -> int:
    """Scan what is named, or standard input; returns FAILED when anything was found or could not be judged."""
    options = _options(argv)
    streams.need_output()
    settings = config.load()
    if options.sessions:
        return _sessions(options, settings)
    if STANDARD in options.paths and sys.stdin and sys.stdin.isatty() and not options.quiet:
        line = "reading the text to scan from the terminal; end it with Ctrl-D, or name a file"
        print(line, file=sys.stderr, flush=True)
    scanner = from_config.scanner(settings)
    chosen = Policy(options.policy or "strict")
    if options.jsonl:
        return jsonl.answer(sys.stdin.buffer, sys.stdout, scanner, chosen)
    if options.redact:
        from session_sync.scan.files import redacted_copy

        results = redacted_copy.write_copy(options.paths[0], options.redact, scanner, chosen, options.quiet)
    else:
        with Verdicts(_version(settings)) as known:
            explainer = Explainer(scanner) if options.explain else None
            results = Search(scanner, chosen, known, options.quiet, explainer).run(options.paths)
    return _tell(options, results)


def _sessions(options: argparse.Namespace, settings: Config) -> int:
    """Search the agents' own transcripts and tell what is in them; returns the exit code."""
    from session_sync.transcripts.exposed import report as sessions_report
    from session_sync.transcripts.exposed.examination import Sought
    from session_sync.transcripts.exposed.search import is_secret, search
    from session_sync.transcripts.run import standard_roots

    counts = Policy(options.policy).blocks if options.policy else is_secret
    sought = Sought(settings, _version(settings), counts, options.explain, options.quiet)
    told = search(standard_roots(), sought)
    for line in () if options.json else sessions_report.lines(told):
        cli.say(options, line)
    for line in sessions_report.summary(told):
        cli.say(options, line)
    cli.report(options, told)
    return told.code


def _version(settings: Config) -> str:
    """A text that differs whenever the same bytes may get another verdict, or the same values other tags."""
    return f"{from_config.version(settings)} {tags.tag('')}"


def _tell(options: argparse.Namespace, results: Results) -> int:
    """Print what was found, for people and for programs; returns the exit code.

    People see single findings only where no program gets them.
    """
    told = results.copy_report() if options.redact else results.report()
    to_people = argparse.Namespace(quiet=options.quiet, json=options.json or options.redact == STANDARD)
    for line in () if options.json else report.lines(told):
        cli.say(to_people, line)
    cli.say(to_people, report.summary_line(told, results.dirty))
    cli.report(options, told)
    return told.code


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = cli.parser("scan", "Show where personal data, secrets and passwords are; never a value.")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders; default: - for standard input")
    parser.add_argument("--jsonl", action="store_true",
                        help='answer each line {"id", "text"} of standard input with {"id", "findings"}')  # fmt: skip
    parser.add_argument(
        "--policy", choices=policy.LEVELS, help="what counts (strict: everything; of sessions: secrets)"
    )
    parser.add_argument("--redact", metavar="OUT",
                        help="write a copy without what counts to OUT, or - for standard output")  # fmt: skip
    parser.add_argument("--explain", action="store_true",
                        help="show for each finding its line, masked, the rule, and why it counts")  # fmt: skip
    parser.add_argument("--sessions", action="store_true",
                        help="tell which sessions in the agents' own folders hold secrets")  # fmt: skip
    options = parser.parse_args(argv)
    if options.sessions and (options.paths or options.jsonl or options.redact):
        raise UsageError(
            "--sessions looks where the agents keep their transcripts; it takes no paths, --jsonl or --redact"
        )
    options.paths = options.paths or [STANDARD]
    if options.jsonl and (options.paths != [STANDARD] or options.redact or options.json):
        raise UsageError("--jsonl reads standard input and takes no paths, no --json and no --redact")
    if options.explain and (options.jsonl or options.redact):
        raise UsageError("--explain tells of findings, and --jsonl and --redact tell of none to people; leave it out")
    if options.redact and len(options.paths) != 1:
        raise UsageError("--redact takes one file or folder; run it once for each")
    if options.redact == STANDARD and options.json:
        raise UsageError("--redact - writes the copy to standard output, where --json would go; name a file")
    return options
