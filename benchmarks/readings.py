"""Reads what the scanners print into places of findings, of which scan.py and real_text.py make their tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PERSONAL = ("email", "ssn", "phone", "credit_card", "iban", "ip")
SECRET = "secret"  # noqa: S105 - the name of a class
ENTITIES = {
    "EMAIL_ADDRESS": "email",
    "US_SSN": "ssn",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "credit_card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
}


class Span(NamedTuple):
    """A planted value or a finding: its class and its place in characters of its file."""

    file: str
    kind: str
    start: int
    end: int


class Texts:
    """The files of the corpus as text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.of = cache(self._read)
        self.lines = cache(self._lines)

    def _read(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    def _lines(self, name: str) -> list[int]:
        """Where each line starts, and the end."""
        starts = [0]
        for line in self.of(name).split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def find(self, name: str, line: int, value: str) -> tuple[int, int] | None:
        """Where `value` stands that begins in `line`, which counts from 1."""
        start, following = self.lines(name)[line - 1 : line + 1]
        at = self.of(name).find(value, start, following + len(value)) if value else -1
        return (at, at + len(value)) if at >= 0 else None

    def place(self, name: str, line: int, value: str) -> tuple[int, int]:
        """Where `value` stands; the whole line when it is written in another way there, as in base64."""
        start, following = self.lines(name)[line - 1 : line + 1]
        return self.find(name, line, value) or (start, following - 1)

    def secret(self, path: str, line: int, value: str) -> Span:
        """The finding of a secret by a scanner that tells its line, with the path that it was given or its name."""
        name = (self.folder / path).relative_to(self.folder).as_posix()
        return Span(name, SECRET, *self.place(name, line, value))


def kind_of(type_: str) -> str:
    """The class of a type: `secret:github`, `secret:password` and so on are one."""
    return type_ if type_ in PERSONAL else SECRET


def objects(out: str) -> Iterator[Any]:
    """Lines of JSON."""
    return map(json.loads, out.splitlines())


def of_engine(out: str, _: Texts) -> Iterator[Span]:
    for name, type_, start, end in objects(out):
        yield Span(name, kind_of(type_), start, end)


def of_verb(out: str, _: Texts) -> Iterator[Span]:
    for one in json.loads(out)["findings"]:
        yield Span(Path(one["file"]).name, kind_of(one["type"]), one["start"], one["end"])


def of_detect_secrets(out: str, texts: Texts) -> Iterator[Span]:
    for name, line, value in objects(out):
        yield texts.secret(name, line, value)


def of_kingfisher(out: str, texts: Texts) -> Iterator[Span]:
    for one in json.loads(out)["findings"]:
        found = one["finding"]
        yield texts.secret(found["path"], found["line"], found["snippet"])


def of_betterleaks(out: str, texts: Texts) -> Iterator[Span]:
    for one in objects(out):
        if "finding" in one:  # the last line is a summary
            place = one["finding"]["location"]
            yield texts.secret(place["path"], place["start_line"], one["finding"]["match"]["value"])


def of_gitleaks(out: str, texts: Texts) -> Iterator[Span]:
    for one in json.loads(out):
        yield texts.secret(one["File"], one["StartLine"], one["Secret"])


def of_presidio(least: float) -> Callable[[str, Texts], Iterator[Span]]:
    def read(out: str, _: Texts) -> Iterator[Span]:
        for name, entity, start, end, score in objects(out):
            if score >= least:
                yield Span(name, ENTITIES[entity], start, end)

    return read
