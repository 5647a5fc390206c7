"""One search for transcripts: lists folders, and remembers what could not be looked at or was not understood."""

from __future__ import annotations

import os
from pathlib import Path


class Search:
    """Goes through the places of one source; nothing that is wrong with one of them stops the others.

    `problems` are texts for people: `PATH: reason`.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []

    def entries(self, folder: str | Path) -> list[os.DirEntry[str]]:
        """What is in `folder`; nothing if it is not a folder, or cannot be read."""
        try:
            with os.scandir(folder) as found:
                return list(found)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self.tell(folder, error.strerror or str(error))
            return []

    def tell(self, path: str | Path, reason: str) -> None:
        """Note why something at `path`, which should hold transcripts, gives none."""
        problem = f"{os.fsencode(path).decode('utf-8', 'backslashreplace')}: {reason}"
        if problem not in self.problems:
            self.problems.append(problem)
