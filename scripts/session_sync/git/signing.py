"""How git signs for us: with what the user signs with, and without a dialog."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

LIMIT = 30.0  # seconds for a signature: a key may want to be touched, and nobody may be there
_GPG = Path(__file__).with_name("gpg")
_KEYS = ("gpg.openpgp.program", "gpg.program")  # git's own order


def settings(config: Mapping[str, str]) -> dict[str, str]:
    """Git settings that keep GnuPG, where the user's `config` has git sign with it, from asking for a passphrase.

    Its agent may know the passphrase. Other programs have no such option: LIMIT ends them.
    """
    program = next((config[key] for key in _KEYS if config.get(key)), "gpg")
    is_gnupg = re.fullmatch(r"gpg2?(\.exe)?", re.split(r"[/\\]", program)[-1].lower())
    if config.get("gpg.format", "openpgp").lower() != "openpgp" or not is_gnupg or not os.access(_GPG, os.X_OK):
        return {}
    return {"session-sync.gpg": program, **dict.fromkeys(_KEYS, str(_GPG))}
