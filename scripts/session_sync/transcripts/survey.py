"""What there is to archive: for each agent where we looked, what we found there, and what we met in it.

Everything is read and nothing is written, so that it tells what an export would meet now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from session_sync.errors import DONE, FAILED
from session_sync.text.lines import counted, printable
from session_sync.transcripts import parallel
from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.run import find_all
from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.shapes import path_text
from session_sync.transcripts.sources.source import Transcript
from session_sync.transcripts.target import NOT_UNDERSTOOD

_MOST_CLIENTS = 8  # versions that people are told

Show = Callable[[Iterable["Met"], int], Iterable["Met"]]


class Met(msgspec.Struct):
    """What was met in a transcript; `why` says why it makes no archived session, "" when it does."""

    source: str
    why: str = ""
    prompts: int = 0
    messages: int = 0
    client: str = ""
    unknown: dict[str, int] = {}
    problems: int = 0
    error: str = ""
    path: str = ""


class SourceSurvey(msgspec.Struct, kw_only=True):
    """One agent's transcripts on this machine."""

    places: dict[str, bool]  # where we looked -> whether it is there
    transcripts: int = 0
    sessions: int = 0  # of them, those that an archive has
    left_out: dict[str, int] = {}  # why others are not in it -> how many
    prompts: int = 0
    messages: int = 0
    clients: dict[str, int] = {}  # version -> sessions
    unknown: dict[str, int] = {}  # type of record that we do not know -> how many records
    damaged: int = 0  # transcripts with lines that are damaged
    problems: list[str] = []  # what could not be read, or was not understood

    def add(self, met: Met) -> None:
        """Count a transcript."""
        if met.error:
            self.problems.append(f"{met.path}: {met.error}")
        if met.why:
            self.left_out[met.why] = self.left_out.get(met.why, 0) + 1
        else:
            self.sessions += 1
            self.clients[met.client] = self.clients.get(met.client, 0) + 1
        self.prompts += met.prompts
        self.messages += met.messages
        self.unknown = dict(Counter(self.unknown) + Counter(met.unknown))
        self.damaged += bool(met.problems)

    def lines(self, name: str) -> list[str]:
        """The survey for people."""
        there = [place for place, is_there in self.places.items() if is_there]
        if not there and not self.problems:
            return [f"{name}: nothing in {', '.join(map(printable, self.places))}"]
        said = [
            f"{name}: {counted(self.sessions, 'session')} in {counted(self.transcripts, 'transcript')},"
            f" {counted(self.prompts, 'prompt')}, {counted(self.messages, 'message')},"
            f" in {', '.join(map(printable, there))}"
        ]
        said += [f"  left out: {counted(number, 'transcript')}: {why}" for why, number in self.left_out.items()]
        if versions := sorted((one for one in self.clients.items() if one[0]), key=lambda one: -one[1]):
            more = f" and {len(versions) - _MOST_CLIENTS} more" if len(versions) > _MOST_CLIENTS else ""
            shown = ", ".join(f"{printable(version)} ({number})" for version, number in versions[:_MOST_CLIENTS])
            said.append(f"  client versions: {shown}{more}")
        said += [f"  {counted(self.damaged, 'transcript')} with damaged lines"] * bool(self.damaged)
        said += [
            f"  [WARNING] {counted(number, 'record')} of unknown type: {printable(kind)}"
            for kind, number in self.unknown.items()
        ]
        return said + [f"  [WARNING] {printable(problem)}" for problem in self.problems]


class SourcesReport(msgspec.Struct, kw_only=True):
    """What `export sources` tells."""

    status: str
    code: int
    sources: dict[str, SourceSurvey]

    def lines(self) -> list[str]:
        """The report for people."""
        return [line for name, survey in self.sources.items() for line in survey.lines(name)]


def survey(roots: Sequence[tuple[str, Path]], show: Show = lambda met, _: met) -> SourcesReport:
    """Read all transcripts in `roots`, (source, place); `show` passes on what was met and may tell how far it is."""
    names = [name for name in SOURCES if any(name == one for one, _ in roots)]
    found = find_all(roots)
    sources = {
        name: SourceSurvey(places={str(root): root.exists() for one, root in roots if one == name}) for name in names
    }
    for name, problem in found.unreadable:
        sources[name].problems.append(problem)
    for transcript in found.transcripts:
        sources[transcript.source].transcripts += 1
    for met in show(parallel.results(found.transcripts, _Reader), len(found.transcripts)):
        sources[met.source].add(met)
    is_whole = not any(one.problems or one.unknown for one in sources.values())
    return SourcesReport(status="done" if is_whole else "failed", code=DONE if is_whole else FAILED, sources=sources)


class _Reader:
    """Reads transcripts, in a process that may read many."""

    def __call__(self, transcript: Transcript) -> Met:
        """What is in a transcript."""
        if transcript.left_out:
            return Met(transcript.source, transcript.left_out)
        session, met = Session(transcript.source, transcript.session_id), Met(transcript.source, "empty")
        met.path = path_text(transcript.path)
        try:
            for item in SOURCES[transcript.source].read(transcript, session):
                if isinstance(item, Message):
                    _count(item, met)
        except OSError as error:
            met.error = error.strerror or type(error).__name__
        except Exception as error:  # noqa: BLE001 - whatever one transcript breaks, the others are read
            met.error = f"unexpected {type(error).__name__}"
        met.client, met.unknown, met.problems = session.client, session.lines.unknown, len(session.problems)
        if met.why and met.unknown:
            met.why = ""
        elif met.why and met.problems:
            met.error = met.error or NOT_UNDERSTOOD
        return met


def _count(message: Message, met: Met) -> None:
    met.messages += 1
    met.prompts += message.is_prompt
    if not message.hidden and met.why == "empty":
        met.why = ""
