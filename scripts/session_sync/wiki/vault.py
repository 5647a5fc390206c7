"""Mentions of paths in the vault: whether there is such a file. No file of the vault is ever read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from session_sync.wiki.sections import quoted

_PATH = re.compile(r"[^\s`\"'<>|*()\[\]{}“”\u2018\u2019«»]*")
_WORD = r"(?:\.{1,2}/)*(?i:vault)[/:]"
_TRAILING = ".,;:!?_…"
_CLOSING = {"`": "`", "<": ">"}
_LONGEST = 1000  # characters of a path
# Closing signs, the target of a link whose text is the mention, then the mark itself, perhaps on the next line.
_VERIFY = re.compile(
    r"[`\"'>*_.,;:!?…]{0,9}(?:\]\([^()\n]{0,1000}\))?[`\])>\"'*_.,;:!?…]{0,9}"
    r"[ \t]{0,9}\n?[ \t]{0,9}\(verify\)"
)


@dataclass(frozen=True)
class Mention:
    """A path in the vault that a text names: how it is written, the path, and whether `(verify)` follows."""

    text: str
    path: str
    is_marked: bool


def invented(draft: str, kept: str, known: str, vault: Path | None) -> list[str]:
    """A complaint for each path in the vault that `draft` names and nobody can vouch for.

    `kept` is what the draft must keep as it is; `known` counts where the vault is not on this machine.
    """
    is_here = vault is not None and vault.is_dir()
    fine = {one.text for one in mentions(kept if is_here else f"{kept}\n{known}", vault)}
    complaints: dict[str, str] = {}
    for one in mentions(draft, vault):
        if one.is_marked or one.text in fine or one.text in complaints:
            continue
        if vault is not None and is_here and exists(vault, one.path):
            fine.add(one.text)
            continue
        why = "is not in the vault" if is_here else "cannot be checked, as the vault is not on this machine"
        complaints[one.text] = f"{quoted(one.text)} {why}; correct it, or write (verify) after it"
    return list(complaints.values())


def mentions(text: str, vault: Path | None) -> Iterator[Mention]:
    """Every mention of a path in the vault, in code too."""
    for match in _roots(vault).finditer(text):
        rest = text[match.end() : match.end() + _LONGEST].partition("\n")[0]
        closing = _CLOSING.get(text[max(0, match.start() - 1) : match.start()], "")
        if closing and closing in rest:
            path = rest.partition(closing)[0].rstrip()
        else:
            found = _PATH.match(rest)
            path = found[0].rstrip(_TRAILING) if found else ""
        if path:
            end = match.end() + len(path)
            yield Mention(match[0] + path, path, bool(_VERIFY.match(text, end)))


def exists(vault: Path, path: str) -> bool:
    """Whether `path`, perhaps without its suffix, is in `vault`; what leads out of the vault is not."""
    forms = dict.fromkeys(
        (path, unquote(path), unquote(path.partition("#")[0]), re.sub(r":\d+(?:[-:]\d+)?$", "", path))
    )
    return any(_is_in(vault, form) for form in forms)


def _is_in(vault: Path, path: str) -> bool:
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in path or not parts:
        return False
    try:
        whole = vault.resolve(strict=True)
        folder = whole.joinpath(*parts[:-1]).resolve(strict=True)
        if not folder.is_relative_to(whole):
            return False
        if (folder / parts[-1]).exists():
            return (folder / parts[-1]).resolve(strict=True).is_relative_to(whole)
        longer = [one for one in folder.iterdir() if one.name.startswith(f"{parts[-1]}.") and one.is_file()]
        return any(one.resolve(strict=True).is_relative_to(whole) for one in longer)
    except (OSError, RuntimeError, ValueError):  # no such folder, a link to itself, no name for this file system
        return False


def _roots(vault: Path | None) -> re.Pattern[str]:
    """What a mention begins with: `vault/`, `vault:`, or the vault's own path, absolute or from the home."""
    own: list[str] = []
    if vault is not None and vault.is_absolute():
        spelled = [str(vault), vault.as_posix()]
        if vault.is_relative_to(Path.home()):
            spelled.append(f"~/{vault.relative_to(Path.home()).as_posix()}")
        own = [rf"{re.escape(one)}[/\\]" for one in dict.fromkeys(spelled)]
    return re.compile(rf"(?<![\w./~\\-])(?:{'|'.join([*own, _WORD])})")
