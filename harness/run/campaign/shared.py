"""Shared: a place that every worker of a campaign reaches, where run folders go: any that fsspec knows the way to."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from actorproof.harness.errors import JournalError, UsageError

UNNAMED = re.compile(r"[^\w.-]+")


class Shared:
    """A place by its address, such as ``s3://bucket/runs`` or ``file:///share/runs``.

    UsageError when no library here knows the way to it.

    Attributes:
        address: whole, so that a worker that stands elsewhere finds the same place.
    """

    def __init__(self, address: str) -> None:
        try:
            fsspec: Any = importlib.import_module("fsspec")
        except ImportError as error:
            raise UsageError("the library fsspec is not installed: pip install 'actorproof[ray]'") from error
        try:
            self._files, self._path = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise UsageError(f"--runs {address} leads nowhere: {_line(error)}") from error
        self.address: str = self._files.unstrip_protocol(self._path).rstrip("/")

    def check(self) -> None:
        """See that it can be written to, before anything is run. JournalError when it can't."""
        try:
            self._files.makedirs(self._path, exist_ok=True)
        except Exception as error:
            raise JournalError(f"{self.address} can't be written ({_line(error)}): choose another --runs") from error

    def put(self, folder: Path, *, name: str) -> str:
        """Put a run folder there under a name, in place of what an earlier worker may have left; its address.

        JournalError when it can't be.
        """
        named = UNNAMED.sub("-", name)
        there = f"{self._path.rstrip('/')}/{named}"
        try:
            if self._files.exists(there):
                self._files.rm(there, recursive=True)
            # With a slash at its end what is in it is meant, whatever is there already.
            self._files.put(f"{folder}/", f"{there}/", recursive=True)
        except Exception as error:
            raise JournalError(f"{self.address}/{named} can't be written ({_line(error)}): make room there") from error
        return f"{self.address}/{named}"


def _line(error: Exception) -> str:
    """What an error says, in one line: libraries of many makers raise whatever they like."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).strip().splitlines()[0]
