"""Ledger: what is known of a campaign's cells, on disk at once: a line a cell, and each cell once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from actorproof.harness.errors import HistoryError, JournalError, UsageError
from actorproof.harness.run.campaign.perform import Judged


class Ledger:
    """The file of the cells that are judged; `judged` holds them by key, those of earlier days included."""

    def __init__(self, file: Path, handle: int) -> None:
        self._file = file
        self._handle = handle
        self.judged: dict[str, Judged] = {}
        data = file.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                each = msgspec.json.decode(line, type=Judged)
            except msgspec.MsgspecError as error:
                raise HistoryError(f"{file}, line {number} is no cell ({error}): mend or remove that line") from error
            self.judged.setdefault(each.key, each)
        if len(whole) < len(data):  # the harness was killed, or the disk was full, in the middle of a line
            os.ftruncate(handle, len(whole))

    def add(self, each: Judged) -> None:
        """Write a cell. JournalError when it can't be; what was written before stays whole."""
        if each.key in self.judged:
            raise ValueError(f"{each.key} was judged already")
        data = msgspec.json.encode(each) + b"\n"
        size = os.fstat(self._handle).st_size
        try:
            if (written := os.write(self._handle, data)) < len(data):
                raise OSError(28, f"{written} of {len(data)} bytes")  # noqa: TRY301 - what a full disk does
        except OSError as error:
            os.ftruncate(self._handle, size)
            raise JournalError(
                f"{self._file} can't be written ({error.strerror}): make room; the same command goes on"
            ) from error
        self.judged[each.key] = each


@contextmanager
def opened(file: Path) -> Iterator[Ledger]:
    """The ledger, for one process at a time. UsageError when another has it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(f"{file} can't be made ({error.strerror}): choose another --out") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"{file.parent} is a campaign under way: wait, or choose another --out") from error
        yield Ledger(file, handle)
    finally:
        os.close(handle)
