"""Facts: what is known of a file (its SHA-256, the version it says), remembered while size and time of change stay.

Hashing 130 MB takes a good part of a second, so it is done once a file and not once a start.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from actorproof.harness.provision.files import write_whole


class _Fact(msgspec.Struct, frozen=True):
    size: int
    mtime_ns: int
    text: str


class Facts:
    """Facts kept in one small JSON file; a lost or damaged one only costs the time to ask again."""

    def __init__(self, store: Path) -> None:
        self._store = store

    def sha256(self, path: Path) -> str:
        """The file's SHA-256 in hexadecimal."""
        return self.ask(path, "sha256", lambda: sha256(path))

    def ask(self, path: Path, name: str, find_out: Callable[[], str]) -> str:
        """The remembered fact `name` of a file, or what `find_out` says now."""
        state = path.stat()
        key = f"{name}:{path.resolve()}"
        facts = self._read()
        known = facts.get(key)
        if known is not None and (known.size, known.mtime_ns) == (state.st_size, state.st_mtime_ns):
            return known.text
        text = find_out()
        facts = self._read() | {key: _Fact(size=state.st_size, mtime_ns=state.st_mtime_ns, text=text)}
        # A full disk or a read-only cache must not stop a run that needs nothing made.
        with contextlib.suppress(OSError):
            write_whole(self._store, msgspec.json.encode(facts))
        return text

    def _read(self) -> dict[str, _Fact]:
        try:
            return msgspec.json.decode(self._store.read_bytes(), type=dict[str, _Fact])
        except (OSError, msgspec.DecodeError):
            return {}


def sha256(path: Path) -> str:
    """Hash a file now."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
