"""Lists folders; one that cannot be read does not stop the others, and is reported at the end."""

from __future__ import annotations

import os
from pathlib import Path


class Folders:
    """Lists folders for one search."""

    def __init__(self) -> None:
        self._error: OSError | None = None

    def entries(self, folder: str | Path) -> list[os.DirEntry[str]]:
        """What is in `folder`; nothing if it is not a folder, or cannot be read."""
        try:
            with os.scandir(folder) as found:
                return list(found)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._error = error
            return []

    def raise_error(self) -> None:
        """Raise the OSError of the last folder that could not be read, if there was one."""
        if self._error:
            raise OSError(self._error.errno, f"{self._error.strerror}: {self._error.filename}")
