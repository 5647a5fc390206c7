"""One line for people: counts in words, and text of others made safe to stand in a line of ours."""

from __future__ import annotations


def counted(number: int, noun: str, form: str = "") -> str:
    """So many of `noun`, whose plural ends in s: "1 file", "2 files", "0 files".

    `form` is how the number is written, as `format` takes it: "," separates thousands.
    """
    return f"{number:{form}} {noun}" + "s" * (number != 1)


def age(seconds: float) -> str:
    """How long ago something was, in the largest unit of which there are two: "119 seconds", "2 days".

    A clock that was set back makes nothing younger than now.
    """
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return counted(int(seconds) // size, unit)
    return counted(max(0, int(seconds)), "second")


def printable(text: str) -> str:
    """`text` on one line, control, escape and invisible characters made visible: no name can forge a line of ours."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def cleaned(text: str, longest: int) -> str:
    """The printable characters of `text`, whoever wrote it, as one line of at most `longest`; the others are dropped.

    For names and addresses, which go on into files and commits; `visible.one_line` shortens what is only read.
    """
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:longest].strip()
